import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Rehearsal, startRehearsal } from '../../../rehearsal/index.ts'
import { ROLE, writeAssembly } from './assembly-for-tests.ts'

type Resources = Record<string, { Type: string; Properties: Record<string, unknown>; [attribute: string]: unknown }>

const tells = (what: string) => ({
  'index.mjs': `export const handler = () => [${JSON.stringify(what)}, process.env.MODE]`,
})
const CODE = { one: tells('one'), two: tells('two') }

const table = { KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }], BillingMode: 'PAY_PER_REQUEST' }
const machine = (comment: string) =>
  JSON.stringify({
    ...{ QueryLanguage: 'JSONata', StartAt: 'Rest', Comment: comment },
    States: { Rest: { Type: 'Wait', Seconds: 3600, End: true } },
  })

/** A function with a version, a machine with a version, and what stands around them; `n` says of which deployment. */
function resources(n: 'one' | 'two', change: (made: Resources) => void = () => {}): Resources {
  const made: Resources = {
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: { ...table, AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }] },
      DeletionPolicy: 'Retain',
    },
    Role: ROLE,
    Step: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        ...{ Code: { S3Bucket: 'assets', S3Key: `${n}.zip` }, Handler: 'index.handler', Runtime: 'nodejs24.x' },
        ...{ Role: { 'Fn::GetAtt': ['Role', 'Arn'] }, Timeout: n === 'one' ? 10 : 20 },
        Environment: { Variables: { MODE: n } },
      },
    },
    [`Version${n}`]: {
      Type: 'AWS::Lambda::Version',
      Properties: { FunctionName: { Ref: 'Step' } },
      ...{ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' },
    },
    Machine: {
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: { RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] }, DefinitionString: machine(n) },
    },
    [`MachineVersion${n}`]: {
      Type: 'AWS::StepFunctions::StateMachineVersion',
      Properties: {
        StateMachineArn: { Ref: 'Machine' },
        StateMachineRevisionId: { 'Fn::GetAtt': ['Machine', 'StateMachineRevisionId'] },
      },
      ...{ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' },
    },
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventPattern: { source: [n] },
        Targets: [{ Id: 'Target0', Arn: { 'Fn::GetAtt': ['Step', 'Arn'] } }],
      },
    },
    MayTell: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        ...{ Action: 'lambda:InvokeFunction', FunctionName: { Ref: 'Step' }, Principal: 'events.amazonaws.com' },
        SourceArn: { 'Fn::GetAtt': ['Rule', 'Arn'] },
      },
    },
    Queue: { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: n === 'one' ? 30 : 60 } },
    Topic: { Type: 'AWS::SNS::Topic', Properties: {} },
    [`To${n}`]: {
      Type: 'AWS::SNS::Subscription',
      Properties: { TopicArn: { Ref: 'Topic' }, Protocol: 'email', Endpoint: `${n}@example.com` },
    },
  }
  change(made)
  return made
}

let folder: string
let rehearsal: Rehearsal
const cleanups: (() => void)[] = []

function assembly(Resources: Resources, stack = 'Demo'): string {
  const ids = Object.keys(Resources)
  const version = ids.find(id => Resources[id]?.Type === 'AWS::Lambda::Version')
  const machineVersion = ids.find(id => Resources[id]?.Type.endsWith('MachineVersion'))
  const Outputs = { Step: { Value: { Ref: version } }, Machine: { Value: { Ref: machineVersion } } }
  const written = writeAssembly({ Resources, Outputs }, CODE, undefined, stack)
  cleanups.push(written.remove)
  return written.directory
}

const outputs = () => rehearsal.stack.outputs as { Step: string; Machine: string }
const answerOf = async (functionArn: string) => (await rehearsal.lambda.invoke(functionArn, {})).payload
const ask = async (operation: string, input: object) =>
  (await rehearsal.states.operations[operation]?.(input, { principal: 'operator' })) as Record<string, unknown>
const commentOf = async (stateMachineArn: string) =>
  JSON.parse(String((await ask('DescribeStateMachine', { stateMachineArn })).definition)).Comment

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'change-'))
  rehearsal = await startRehearsal({
    assembly: assembly(resources('one')),
    drive: 'jump',
    logDir: join(folder, 'logs'),
  })
})
afterEach(async () => {
  await rehearsal.stop()
  for (const cleanup of cleanups.splice(0)) cleanup()
  rmSync(folder, { recursive: true })
})

describe('an assembly over a deployed one', () => {
  test('gives a function new code, environment and limits, and leaves its versions theirs', async () => {
    const before = outputs().Step
    await rehearsal.deploy(assembly(resources('two')))
    const after = outputs().Step
    expect([before, after].map(arn => arn.split(':').at(-1))).toEqual(['1', '2'])
    expect(await answerOf(before)).toEqual(['one', 'one'])
    expect(await answerOf(after)).toEqual(['two', 'two'])
    expect([before, after].map(rehearsal.lambda.timeoutOf)).toEqual([10, 20])
  })

  test('gives a machine a new definition, and leaves executions and versions theirs', async () => {
    const before = outputs().Machine
    const { executionArn } = await ask('StartExecution', { stateMachineArn: before })
    await rehearsal.deploy(assembly(resources('two')))
    expect(await commentOf(before)).toBe('one')
    expect(await commentOf(outputs().Machine)).toBe('two')
    const { definition } = await ask('DescribeStateMachineForExecution', { executionArn })
    expect(JSON.parse(String(definition)).Comment).toBe('one')
  })

  test('changes a rule in place, and who hears by it', async () => {
    await rehearsal.deploy(assembly(resources('two')))
    const called: string[] = []
    rehearsal.lambda.faults = ({ name }) => void called.push(name)
    for (const source of ['one', 'two'])
      rehearsal.events.publish({ source, 'detail-type': 'x', resources: [], detail: {} })
    await rehearsal.clock.sleep(10_000)
    expect(called).toHaveLength(1)
    expect(rehearsal.events.undelivered).toEqual([])
  })

  test('changes a queue in place, and removes a subscription that it has no more', async () => {
    const queueArn = () => rehearsal.stack.deployed.get('Queue')?.created.attributes.Arn ?? ''
    const before = rehearsal.sqs.queue(queueArn())
    await rehearsal.deploy(assembly(resources('two')))
    expect(rehearsal.sqs.queue(queueArn())).toBe(before)
    expect(before?.settings.visibilityTimeout).toBe(60)
    const TopicArn = rehearsal.stack.resources.Topic
    await rehearsal.sns.operations.Publish?.({ TopicArn, Message: 'hello' }, { principal: 'operator' })
    await rehearsal.clock.sleep(10_000)
    expect(rehearsal.mailbox.map(({ to }) => to)).toEqual(['two@example.com'])
  })

  test('changes nothing where it says the same', async () => {
    const before = { ...rehearsal.stack.resources }
    await rehearsal.deploy(assembly(resources('one')))
    expect(rehearsal.stack.resources).toEqual(before)
    const versions = await ask('ListStateMachineVersions', { stateMachineArn: before.Machine })
    expect(versions.stateMachineVersions).toHaveLength(1)
  })

  test('back to the first makes new versions of what the first had', async () => {
    await rehearsal.deploy(assembly(resources('two')))
    await rehearsal.deploy(assembly(resources('one')))
    expect([outputs().Step, outputs().Machine].map(arn => arn.split(':').at(-1))).toEqual(['3', '3'])
    expect(await answerOf(outputs().Step)).toEqual(['one', 'one'])
  })

  test('removes what it has no more, unless it is to stay', async () => {
    const { Step, Machine } = outputs()
    await rehearsal.deploy(
      assembly(
        resources('two', made => {
          delete made.Rule
          delete made.MayTell
        }),
      ),
    )
    expect(await answerOf(Step)).toEqual(['one', 'one'])
    expect(await commentOf(Machine)).toBe('one')
    rehearsal.events.publish({ source: 'one', 'detail-type': 'x', resources: [], detail: {} })
    await rehearsal.clock.sleep(10_000)
    expect(rehearsal.events.undelivered).toEqual([])
  })

  test('refuses another version of what has not changed since the last, as CloudFormation does', async () => {
    const renamed = resources('one', made => {
      made.Again = made.Versionone ?? made.Role ?? ROLE
    })
    await expect(rehearsal.deploy(assembly(renamed))).rejects.toThrow(
      'Again (AWS::Lambda::Version): A version for this Lambda function exists. Modify the function to create a new version.',
    )
  })

  test.each(['RetainExceptOnCreate', 'Retain'])('keeps a version whose deletion policy is %s', async policy => {
    const staying = (n: 'one' | 'two') =>
      resources(n, made => {
        Object.assign(made[`Version${n}`] ?? {}, { DeletionPolicy: policy })
      })
    await rehearsal.deploy(assembly(staying('one')))
    const { Step } = outputs()
    await rehearsal.deploy(assembly(staying('two')))
    expect(await answerOf(Step)).toEqual(['one', 'one'])
  })

  test('removes a version that was not to stay', async () => {
    const passing = (n: 'one' | 'two') =>
      resources(n, made => {
        delete made[`Version${n}`]?.DeletionPolicy
      })
    await rehearsal.deploy(assembly(passing('one')))
    const { Step } = outputs()
    await rehearsal.deploy(assembly(passing('two')))
    await expect(rehearsal.lambda.invoke(Step, {})).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })

  test('is told to operators by its outputs', async () => {
    await rehearsal.deploy(assembly(resources('two')))
    const { endpoint, env } = rehearsal
    const credentials = { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' }
    const client = new CloudFormationClient({ endpoint, region: env.AWS_REGION ?? '', credentials })
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: 'Demo' }))
    expect(stack?.StackStatus).toBe('UPDATE_COMPLETE')
    expect(stack?.Outputs).toContainEqual({ OutputKey: 'Step', OutputValue: expect.stringMatching(/:2$/) })
  })
})

describe('what CloudFormation would lose, or this rehearsal does not know, is refused before anything is done', () => {
  const changed = (id: string, properties: object) => (made: Resources) => {
    Object.assign(made[id]?.Properties ?? {}, properties)
  }
  const removed = (id: string) => (made: Resources) => {
    delete made[id]
  }
  const LOST = 'what is written in it would stay behind'

  test.each<[string, (made: Resources) => void, string]>([
    [
      'a table with another key',
      changed('Table', { KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }] }),
      `Table (AWS::DynamoDB::Table): a change of KeySchema would replace it, which must not be: ${LOST}`,
    ],
    [
      'a table with another name',
      changed('Table', { TableName: 'ledger' }),
      `Table (AWS::DynamoDB::Table): a change of TableName would replace it, which must not be: ${LOST}`,
    ],
    [
      'a table under another logical id',
      made => {
        const { Table, ...rest } = made
        for (const id of Object.keys(made)) delete made[id]
        Object.assign(made, rest, { Ledger: Table })
      },
      `Table (AWS::DynamoDB::Table): the template has it no more, and must not lose it: ${LOST}`,
    ],
    [
      'a machine of another name',
      changed('Machine', { StateMachineName: 'other' }),
      'Machine (AWS::StepFunctions::StateMachine): a change of StateMachineName is not part of this rehearsal',
    ],
    ['a queue that is gone', removed('Queue'), 'Queue (AWS::SQS::Queue): to remove it is not part of this rehearsal'],
    [
      'another type',
      made => {
        made.Queue = { Type: 'AWS::SNS::Topic', Properties: {} }
      },
      'Queue (AWS::SQS::Queue): a resource cannot become another type, AWS::SNS::Topic, under the same logical id',
    ],
  ])('%s', async (_, change, message) => {
    await expect(rehearsal.deploy(assembly(resources('two', change)))).rejects.toThrow(message)
    expect(await answerOf(rehearsal.stack.resources.Step ?? '')).toEqual(['one', 'one'])
  })
})

test('an assembly of another stack is deployed beside the first', async () => {
  const other = await rehearsal.deploy(assembly(resources('two'), 'Other'))
  expect(other.name).toBe('Other')
  expect(rehearsal.stack.name).toBe('Demo')
  const shared = Object.values(other.resources).filter(ref => Object.values(rehearsal.stack.resources).includes(ref))
  expect(shared).toEqual([])
  expect(await answerOf(outputs().Step)).toEqual(['one', 'one'])
  expect(await answerOf(String(other.outputs.Step))).toEqual(['two', 'two'])
})
