import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { loadDefinition } from '../../rehearsal/asl/load.ts'
import { compilePattern } from '../../rehearsal/aws/events/pattern.ts'
import { codeOf, type Resource, ROOT, type SynthesizedStack, synthesizedStack } from './stack.ts'

let stack: SynthesizedStack

beforeAll(async () => {
  stack = await synthesizedStack()
})

/** `Sluice: RunSmokeTests` in the function's description. */
const stepOf = ({ properties }: Resource) => String(properties.Description).replace('Sluice: ', '')

test('the one table is billed on demand, encrypted, restorable to any second, and outlives the stack', () => {
  const [table, ...others] = stack.of('AWS::DynamoDB::Table')
  expect(others).toEqual([])
  expect(table).toMatchObject({
    deletionPolicy: 'Retain',
    properties: {
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true },
      DeletionProtectionEnabled: true,
    },
  })
})

test('what it costs while it is idle is said of all that it has', () => {
  const page = readFileSync(join(ROOT, 'docs/first-release.md'), 'utf8')
  const said = (what: RegExp) => Number(what.exec(page)?.[1])
  expect(stack.of('AWS::CloudWatch::Alarm')).toHaveLength(said(/(\d+) alarms/))
  expect(stack.of('AWS::Lambda::EventSourceMapping')).toHaveLength(said(/(\d+) queues that Lambda polls/))
})

describe('each function', () => {
  test('runs Node 24, for less than a minute', () => {
    const functions = stack.of('AWS::Lambda::Function')
    expect(functions).toHaveLength(26)
    for (const { properties } of functions) {
      expect(properties).toMatchObject({ Runtime: 'nodejs24.x', Handler: 'index.handler' })
      expect(properties.Timeout).toBeLessThan(60)
    }
  })

  test('has a role of its own', () => {
    const roles = stack.of('AWS::Lambda::Function').map(({ properties }) => stack.named(properties.Role)?.id)
    expect(roles).not.toContain(undefined)
    expect(new Set(roles).size).toBe(roles.length)
  })

  test('logs to a group of its own, which forgets after a year and outlives the stack', () => {
    const groups = stack
      .of('AWS::Lambda::Function')
      .map(({ properties }) => stack.named((properties.LoggingConfig as { LogGroup?: unknown }).LogGroup))
    expect(new Set(groups.map(group => group?.id)).size).toBe(groups.length)
    for (const group of groups)
      expect(group).toMatchObject({ deletionPolicy: 'Retain', properties: { RetentionInDays: 365 } })
  })

  test('may write to its own log and to no other', () => {
    for (const { properties } of stack.of('AWS::Lambda::Function')) {
      const role = stack.named(properties.Role)
      const group = stack.named((properties.LoggingConfig as { LogGroup?: unknown }).LogGroup)
      const logs = role
        ? stack.allowed(role).filter(({ actions }) => actions.some(action => action.startsWith('logs:')))
        : []
      expect(logs.flatMap(({ resources }) => resources.map(stack.resolved))).toEqual([`${group?.id}:*`])
    }
  })

  test('is a bundle of at most 500,000 bytes, 200,000 zipped', () => {
    const sizes = stack.of('AWS::Lambda::Function').map(each => {
      const code = codeOf(stack, each)
      return { step: stepOf(each), bytes: code.length, zipped: deflateRawSync(code).length }
    })
    expect(sizes.filter(({ bytes, zipped }) => bytes > 500_000 || zipped > 200_000)).toEqual([])
    for (const { bytes } of sizes) expect(bytes).toBeGreaterThan(50_000)
  })
})

describe('each state machine', () => {
  test('calls versions of functions, never what is newest [P4.3a]', () => {
    for (const { properties } of stack.of('AWS::StepFunctions::StateMachine')) {
      const substitutions = Object.entries(properties.DefinitionSubstitutions as object)
      expect(substitutions.length).toBeGreaterThan(4)
      for (const [name, value] of substitutions)
        expect(stack.named(value)?.type).toBe(
          name === 'RollbackMachine' ? 'AWS::StepFunctions::StateMachineVersion' : 'AWS::Lambda::Version',
        )
    }
  })

  test('has every placeholder of its definition answered', () => {
    for (const { properties } of stack.of('AWS::StepFunctions::StateMachine')) {
      const placeholders = [...String(properties.DefinitionString).matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name)
      expect([...new Set(placeholders)].toSorted()).toEqual(
        Object.keys(properties.DefinitionSubstitutions as object).toSorted(),
      )
    }
  })

  test('is one that Step Functions takes', () => {
    const definitions = stack
      .of('AWS::StepFunctions::StateMachine')
      .map(({ properties }) => properties.DefinitionString)
    expect(definitions.map(definition => loadDefinition(String(definition)).StartAt).toSorted()).toEqual([
      'PlanRelease',
      'TakeLease',
    ])
  })

  test('keeps task tokens and inputs out of its log', () => {
    for (const { properties } of stack.of('AWS::StepFunctions::StateMachine'))
      expect(properties.LoggingConfiguration).toMatchObject({ IncludeExecutionData: false, Level: 'ALL' })
  })
})

test('every version outlives the stack, since executions may still run it', () => {
  const versions = [...stack.of('AWS::Lambda::Version'), ...stack.of('AWS::StepFunctions::StateMachineVersion')]
  expect(versions.length).toBeGreaterThan(10)
  expect(versions.filter(({ deletionPolicy }) => deletionPolicy !== 'RetainExceptOnCreate')).toEqual([])
})

describe('a permission', () => {
  const given = () =>
    stack
      .of('AWS::IAM::Role')
      .flatMap(role => stack.allowed(role))
      .flatMap(({ actions, ...on }) => actions.map(action => ({ action, ...on })))
  const everywhere = () => given().filter(({ resources }) => resources.includes('*'))

  test('is given for all resources only where AWS or the users’ own definitions leave no choice', () => {
    const actions = new Set(everywhere().map(({ action }) => action))
    const ofAws = [...actions].filter(action => !/^(logs|xray):/.test(action)).toSorted()
    expect(ofAws).toEqual([
      'cloudwatch:DescribeAlarmHistory',
      'cloudwatch:DescribeAlarms',
      'cloudwatch:GetMetricData',
      'ecs:DeregisterTaskDefinition',
      'ecs:DescribeTaskDefinition',
      'ecs:ListTaskDefinitions',
      'ecs:ListTasks',
      'elasticloadbalancing:DescribeListeners',
      'elasticloadbalancing:DescribeRules',
      'elasticloadbalancing:DescribeTargetGroups',
      'elasticloadbalancing:DescribeTargetHealth',
      'rds:DescribeAccountAttributes',
    ])
  })

  test('to pass any role, or list any tasks, is narrowed by a condition', () => {
    const narrowed = given().filter(({ action }) => ['iam:PassRole', 'ecs:ListTasks'].includes(action))
    expect(new Set(narrowed.map(({ action }) => action)).size).toBe(2)
    for (const { action, conditions } of narrowed)
      expect(conditions).toEqual(
        action === 'iam:PassRole'
          ? { StringEquals: { 'iam:PassedToService': expect.stringMatching(/^ecs(-tasks)?\.amazonaws\.com$/) } }
          : { ArnEquals: { 'ecs:cluster': expect.anything() } },
      )
  })

  test('never names an action by a pattern', () => {
    const actions = stack
      .of('AWS::IAM::Role')
      .flatMap(role => stack.allowed(role).flatMap(statement => statement.actions))
    expect(actions.filter(action => action.includes('*'))).toEqual([])
  })

  const holdersOf = (action: string) => {
    const holders = stack.of('AWS::Lambda::Function').filter(({ properties }) => {
      const role = stack.named(properties.Role)
      return role && stack.allowed(role).some(({ actions }) => actions.includes(action))
    })
    return holders.map(stepOf).toSorted()
  }

  test.each([
    ['to change a service', 'ecs:UpdateService', ['CleanUp', 'CloseStage', 'DeployNewVersion', 'RestorePrevious']],
    [
      'to answer a pause',
      'ecs:ContinueServiceDeployment',
      ['CleanUp', 'CompleteDeployment', 'RestorePrevious', 'ShiftTraffic'],
    ],
  ])('%s is held by the steps that do so', (_, action, steps) => {
    expect(holdersOf(action)).toEqual(steps)
  })
})

test.each([
  ['LookForImages', 'rate(15 minutes)'],
  ['CleanUp', 'rate(15 minutes)'],
  ['RemoveVersions', 'rate(1 day)'],
])('%s looks by itself: %s [P1.6a, P4.4b]', (step, rate) => {
  const looking = stack.of('AWS::Events::Rule').filter(({ properties: { ScheduleExpression, Targets } }) => {
    const called = (Targets as { Arn: unknown }[]).map(({ Arn }) => stack.named(Arn))
    return ScheduleExpression && called.some(target => target && stepOf(target) === step)
  })
  expect(looking.map(({ properties }) => properties.ScheduleExpression)).toEqual([rate])
})

describe('what looks for images', () => {
  test('starts nothing itself: it hands pushes over, and may read tags', () => {
    const looking = stack.of('AWS::Lambda::Function').find(each => stepOf(each) === 'LookForImages')
    const role = looking && stack.named(looking.properties.Role)
    const actions = role ? stack.allowed(role).flatMap(statement => statement.actions) : []
    expect(actions.filter(action => !/^(logs|dynamodb):/.test(action)).toSorted()).toEqual([
      'ecr:DescribeImages',
      // The letters of a function that failed, and the pushes.
      'sqs:SendMessage',
      'sqs:SendMessage',
    ])
  })

  test('and StartRelease itself send pushes through one queue, which StartRelease alone reads [P1.5b]', () => {
    const mappings = stack.of('AWS::Lambda::EventSourceMapping').filter(({ properties }) => {
      const reader = stack.named(properties.FunctionName)
      return reader && stepOf(reader) === 'StartRelease'
    })
    expect(mappings).toMatchObject([{ properties: { BatchSize: 1 } }])
    const queue = stack.named(mappings[0]?.properties.EventSourceArn)
    expect(queue?.properties).toMatchObject({ VisibilityTimeout: 180, RedrivePolicy: { maxReceiveCount: 5 } })
    const sending = stack.of('AWS::Lambda::Function').filter(({ properties }) => {
      const role = stack.named(properties.Role)
      const statements = role ? stack.allowed(role) : []
      return statements.some(
        ({ actions, resources }) =>
          actions.includes('sqs:SendMessage') && resources.some(each => stack.named(each)?.id === queue?.id),
      )
    })
    expect(sending.map(stepOf).toSorted()).toEqual(['LookForImages', 'StartRelease'])
  })
})

test('cdk-nag finds nothing', () => {
  const report = JSON.parse(readFileSync(join(stack.directory, 'validation-report.json'), 'utf8'))
  expect(report.pluginReports.flatMap(({ violations = [] }) => violations)).toEqual([])
})

describe('an event like the example', () => {
  const hearing = (event: Record<string, unknown>) =>
    stack
      .of('AWS::Events::Rule')
      .filter(({ properties: { EventPattern } }) => EventPattern && compilePattern(stack.resolved(EventPattern))(event))

  test.each([
    ['ecr-image-action', 'ImagePushed', ['StartRelease']],
    ['ecs-deployment-state-change', 'DeploymentEnded', ['Wake', 'CleanUp']],
    ['ecs-hook-state-change', 'HookChanged', ['Wake', 'CleanUp']],
    ['ecs-task-state-change', 'TaskChanged', ['Wake']],
    ['rds-event', 'DatabaseChanged', ['Wake']],
    ['cloudwatch-alarm-state-change', 'AlarmChanged', ['Wake']],
    ['stage-change', 'StageChanged', ['Wake']],
    ['execution-status-change', 'ExecutionEnded', ['CleanUp']],
  ])('%s is heard by the rule %s alone, which calls %s [P3.4a, P4.4a]', (file, rule, steps) => {
    const event = JSON.parse(readFileSync(join(ROOT, `events/${file}.json`), 'utf8'))
    const heard = hearing(event)
    expect(heard.map(({ id }) => id.replace(/^Sluice|[0-9A-F]{8}$/g, ''))).toEqual([rule])
    const targets = heard.flatMap(({ properties }) => properties.Targets as { Arn: unknown }[])
    const called = targets.map(({ Arn }) => stack.named(Arn))
    expect(called.map(target => target && stepOf(target))).toEqual(steps)
  })

  test('of the end of an execution is heard of both machines [P4.4a]', () => {
    const event = JSON.parse(readFileSync(join(ROOT, 'events/execution-status-change.json'), 'utf8'))
    for (const machine of ['release', 'rollback']) {
      const stateMachineArn = event.detail.stateMachineArn.replace(/:\w+$/, `:${machine}`)
      const heard = hearing({ ...event, detail: { ...event.detail, stateMachineArn } })
      expect([machine, heard.length]).toEqual([machine, 1])
    }
  })
})
