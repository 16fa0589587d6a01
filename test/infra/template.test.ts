import { beforeAll, describe, expect, test } from 'vitest'
import { type Resource, type SynthesizedStack, synthesizedStack } from './stack.ts'

let stack: SynthesizedStack
let all: Resource[]

beforeAll(async () => {
  stack = await synthesizedStack()
  all = [...new Set(Object.values(stack.assembly.template.Resources).map(({ Type }) => Type))].flatMap(stack.of)
})

interface Kind {
  /** The property that gives a resource of this type a name of its own, which a second installation would find taken. */
  name?: string
  /** What keeps whatever lies in it: encrypted, for as long as it is wanted, and closed to plain HTTP. */
  keeps?: (resource: Resource) => boolean
}

const days = (seconds: unknown) => Number(seconds) / 86_400

/** Every type that the stack has. Lambda's environments, state machines and secrets are encrypted by AWS, whatever is asked. */
const KINDS: Record<string, Kind> = {
  'AWS::ApiGatewayV2::Api': {},
  'AWS::ApiGatewayV2::Integration': {},
  'AWS::ApiGatewayV2::Route': {},
  'AWS::ApiGatewayV2::Stage': {},
  'AWS::CloudWatch::Alarm': { name: 'AlarmName' },
  'AWS::DynamoDB::Table': {
    name: 'TableName',
    keeps: ({ deletionPolicy, updateReplacePolicy, properties }) =>
      [deletionPolicy, updateReplacePolicy].every(policy => policy === 'Retain') &&
      fits(properties, {
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true },
      }),
  },
  'AWS::Events::Rule': { name: 'Name' },
  'AWS::IAM::ManagedPolicy': { name: 'ManagedPolicyName' },
  'AWS::IAM::Policy': {},
  'AWS::IAM::Role': { name: 'RoleName' },
  'AWS::Lambda::EventInvokeConfig': {},
  'AWS::Lambda::EventSourceMapping': {},
  'AWS::Lambda::Function': { name: 'FunctionName' },
  'AWS::Lambda::Permission': {},
  'AWS::Lambda::Version': {},
  'AWS::Logs::LogGroup': {
    name: 'LogGroupName',
    keeps: ({ deletionPolicy, updateReplacePolicy, properties }) =>
      [deletionPolicy, updateReplacePolicy].every(policy => policy === 'Retain') && properties.RetentionInDays === 365,
  },
  'AWS::SecretsManager::Secret': { name: 'Name' },
  'AWS::SNS::Subscription': {},
  'AWS::SNS::Topic': {
    name: 'TopicName',
    keeps: topic => topic.properties.KmsMasterKeyId !== undefined && refusesPlainHttp(topic, 'AWS::SNS::TopicPolicy'),
  },
  'AWS::SNS::TopicPolicy': {},
  'AWS::SQS::Queue': {
    name: 'QueueName',
    keeps: queue =>
      queue.properties.SqsManagedSseEnabled === true &&
      days(queue.properties.MessageRetentionPeriod) >= 4 &&
      refusesPlainHttp(queue, 'AWS::SQS::QueuePolicy'),
  },
  'AWS::SQS::QueuePolicy': {},
  'AWS::StepFunctions::StateMachine': { name: 'StateMachineName' },
  'AWS::StepFunctions::StateMachineVersion': {},
}

const fits = (value: unknown, wanted: object): boolean =>
  Object.entries(wanted).every(([key, each]) => {
    const found = (value as Record<string, unknown> | undefined)?.[key]
    return typeof each === 'object' ? fits(found, each) : found === each
  })

interface PolicyStatement {
  Effect: string
  Principal?: unknown
  Condition?: Record<string, Record<string, unknown>>
}

const statementsOf = (document: unknown) => (document as { Statement: PolicyStatement[] }).Statement

/** Whether the resource's own policy denies everybody whatever does not come by TLS. */
function refusesPlainHttp({ id }: Resource, type: string): boolean {
  const policies = stack.of(type).filter(({ properties }) => {
    const of = (properties.Queues ?? properties.Topics) as unknown[]
    return of.some(reference => stack.named(reference)?.id === id)
  })
  return policies
    .flatMap(({ properties }) => statementsOf(properties.PolicyDocument))
    .some(
      ({ Effect, Principal, Condition }) =>
        Effect === 'Deny' && ['"*"', '{"AWS":"*"}'].includes(JSON.stringify(Principal)) && isPlainHttp(Condition),
    )
}
const isPlainHttp = (condition: PolicyStatement['Condition']) =>
  JSON.stringify(condition) === '{"Bool":{"aws:SecureTransport":"false"}}'

describe('every resource', () => {
  test('is of a type that is known to keep nothing, or whose keeping is looked at here', () => {
    expect([...new Set(all.map(({ type }) => type))].filter(type => !KINDS[type])).toEqual([])
  })

  test('that keeps something is encrypted and keeps it for as long as it is wanted', () => {
    const keeping = all.filter(({ type }) => KINDS[type]?.keeps)
    expect(keeping.filter(each => !KINDS[each.type]?.keeps?.(each)).map(({ id }) => id)).toEqual([])
    expect(keeping.length).toBeGreaterThan(30)
  })

  test('is named by CloudFormation, so that a second installation finds no name taken', () => {
    const named = all.filter(({ type, properties }) => {
      const { name } = KINDS[type] ?? {}
      return name !== undefined && properties[name] !== undefined
    })
    expect(named.map(({ id }) => id)).toEqual([])
  })
})

test('nothing is exported: exports of two installations would collide', () => {
  const { outputs } = stack
  expect(Object.keys(outputs).length).toBeGreaterThan(0)
  expect(Object.values(outputs).filter(output => 'Export' in output)).toEqual([])
})

test('no change replaces the table, which is the ledger: CloudFormation replaces one for its id, its name or its keys', () => {
  const [table] = stack.of('AWS::DynamoDB::Table')
  const { KeySchema, AttributeDefinitions, ...rest } = table?.properties ?? {}
  expect({ id: table?.id, KeySchema, AttributeDefinitions }).toEqual({
    id: 'SluiceTableFF98E531',
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
    ],
  })
  const replacing = ['TableName', 'LocalSecondaryIndexes', 'ImportSourceSpecification']
  expect(Object.keys(rest).filter(name => replacing.includes(name))).toEqual([])
})

/** Whatever leaves this list leaves a deployment after the one in which nothing calls it any more. */
const RUN_BY_RELEASES = [
  'SluiceBackUpDatabaseFunctionBC77EBF8',
  'SluiceCheckPreconditionsFunction9CD1C5CC',
  'SluiceCloseReleaseFunction0860C76D',
  'SluiceCloseStageFunction77749D57',
  'SluiceCompleteDeploymentFunction8E7870D7',
  'SluiceDeployNewVersionFunctionD2A33D85',
  'SluiceLockStageFunctionB6FB7DC7',
  'SluicePlanReleaseFunction9FE5E4E4',
  'SluiceReleaseMachine6F06DA23',
  'SluiceRequestApprovalFunction10EE0B4D',
  'SluiceRestoreDatabaseFunction817B1B23',
  'SluiceRestorePreviousFunctionB871A06B',
  'SluiceRollbackMachine8B5683CA',
  'SluiceRunMigrationsFunction3EA9C578',
  'SluiceRunSmokeTestsFunction034D3A34',
  'SluiceShiftTrafficFunctionDFE050BE',
  'SluiceStopDeploymentsFunctionE6F5BB79',
  'SluiceTakeLeaseFunctionC43E9170',
  'SluiceVerifyDeploymentFunctionD9456322',
  'SluiceWatchAlarmsFunctionFDCCEAE5',
]

test('no change removes a machine, or a function that one calls: with it would go the versions that releases under way still run', () => {
  const there = [...stack.of('AWS::Lambda::Function'), ...stack.of('AWS::StepFunctions::StateMachine')].map(
    ({ id }) => id,
  )
  expect(RUN_BY_RELEASES.filter(id => !there.includes(id))).toEqual([])
})

test('no change replaces the role of a function or a machine: versions that still run act as it', () => {
  const holders = [...stack.of('AWS::Lambda::Function'), ...stack.of('AWS::StepFunctions::StateMachine')]
  const roles = holders.map(({ properties }) => stack.named(properties.Role ?? properties.RoleArn)?.id)
  const ids = holders.map(({ id }) => id.replace(/(Function|Machine)[0-9A-F]{8}$/, ''))
  expect(roles.map(id => id?.replace(/Role[0-9A-F]{8}$/, ''))).toEqual(ids)
})

describe('a service is let in', () => {
  /** Every statement that lets a service in, of whatever policy. */
  const letIn = () => {
    const documents = all.flatMap(({ id, type, properties }) => {
      if (type === 'AWS::IAM::Role') return [{ id, document: properties.AssumeRolePolicyDocument }]
      return type.endsWith('QueuePolicy') || type.endsWith('TopicPolicy')
        ? [{ id, document: properties.PolicyDocument }]
        : []
    })
    return documents.flatMap(({ id, document }) =>
      statementsOf(document)
        .filter(({ Effect }) => Effect === 'Allow')
        .map(({ Principal, Condition = {} }) => {
          const { Service } = Principal as { Service?: string }
          return { id, Service, keys: Object.values(Condition).flatMap(keys => Object.keys(keys)) }
        }),
    )
  }

  test('to queues and topics for a source that their policies name', () => {
    const given = letIn().filter(
      ({ Service }) => !['lambda.amazonaws.com', 'states.amazonaws.com'].includes(Service ?? ''),
    )
    expect(given.map(({ Service }) => Service)).toEqual(
      expect.arrayContaining(['events.amazonaws.com', 'sns.amazonaws.com']),
    )
    expect(given.filter(({ keys }) => !keys.includes('aws:SourceArn'))).toEqual([])
  })

  test('to the role of a state machine for machines of this account alone', () => {
    const roles = letIn().filter(({ Service }) => Service === 'states.amazonaws.com')
    expect(roles.map(({ keys }) => keys)).toEqual(Array(2).fill(['aws:SourceAccount', 'aws:SourceArn']))
  })

  test('to the role of a function without a source: AWS documents none that Lambda would tell', () => {
    const roles = letIn().filter(({ Service }) => Service === 'lambda.amazonaws.com')
    expect(roles).toHaveLength(stack.of('AWS::Lambda::Function').length)
  })

  test('to a function for one rule or route with each permission', () => {
    const permissions = stack.of('AWS::Lambda::Permission')
    const sources = permissions.map(({ properties: { Principal, SourceArn } }) => [
      Principal,
      JSON.stringify(SourceArn),
    ])
    expect(sources.filter(([, source]) => !source)).toEqual([])
    const rules = permissions.filter(({ properties }) => properties.Principal === 'events.amazonaws.com')
    for (const { properties } of rules) expect(stack.named(properties.SourceArn)?.type).toBe('AWS::Events::Rule')
    expect(rules.length).toBeGreaterThan(8)
  })
})
