import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn'
import { buildSync } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Rehearsal, type RehearsedServices, startRehearsal, startServices } from '../../../rehearsal/index.ts'
import { ROLE, writeAssembly } from './assembly-for-tests.ts'

const START = Date.parse('2026-03-01T09:00:00Z')

/** Writes what it hears into its table, with the unmodified SDK. */
const HEARS = `
  import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
  const client = new DynamoDBClient({})
  export const handler = async (event, context) => {
    const text = { id: context.awsRequestId, at: new Date().toISOString(), event: JSON.stringify(event) }
    const Item = Object.fromEntries(Object.entries(text).map(([name, S]) => [name, { S }]))
    await client.send(new PutItemCommand({ TableName: process.env.TABLE, Item }))
    return { heard: event, version: context.functionVersion }
  }`

const settingsOf = ({ endpoint, env }: RehearsedServices) => ({
  endpoint,
  region: env.AWS_REGION ?? '',
  credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' },
})

const template = {
  Resources: {
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      },
    },
    Role: ROLE,
    Hears: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: 'hears',
        Code: { S3Bucket: 'assets', S3Key: 'hears.zip' },
        Handler: 'index.handler',
        Runtime: 'nodejs24.x',
        Timeout: 20,
        MemorySize: 256,
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
        Environment: { Variables: { TABLE: { Ref: 'Table' } } },
      },
    },
    Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Hears' } } },
    Pushes: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventPattern: { source: ['aws.ecr'], detail: { 'image-tag': [{ exists: true }] } },
        Targets: [{ Id: 'Target0', Arn: { Ref: 'Version' } }],
      },
    },
    Deletions: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventPattern: { source: ['aws.ecr'], detail: { 'action-type': ['DELETE'] } },
        Targets: [{ Id: 'Target0', Arn: { 'Fn::GetAtt': ['Hears', 'Arn'] } }],
      },
    },
    MayPush: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        Action: 'lambda:InvokeFunction',
        FunctionName: { Ref: 'Version' },
        Principal: 'events.amazonaws.com',
        SourceArn: { 'Fn::GetAtt': ['Pushes', 'Arn'] },
      },
    },
    Machine: {
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: {
        RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
        DefinitionSubstitutions: { Hears: { Ref: 'Version' } },
        DefinitionString: JSON.stringify({
          QueryLanguage: 'JSONata',
          StartAt: 'Rest',
          States: {
            Rest: { Type: 'Wait', Seconds: 3600, Next: 'Tell' },
            Tell: {
              Type: 'Task',
              Resource: 'arn:aws:states:::lambda:invoke',
              // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of CloudFormation.
              Arguments: { FunctionName: '${Hears}', Payload: { from: 'machine' } },
              Output: '{% $states.result.Payload %}',
              End: true,
            },
          },
        }),
      },
    },
    MachineVersion: {
      Type: 'AWS::StepFunctions::StateMachineVersion',
      Properties: {
        StateMachineArn: { Ref: 'Machine' },
        StateMachineRevisionId: { 'Fn::GetAtt': ['Machine', 'StateMachineRevisionId'] },
      },
    },
  },
  Outputs: { Table: { Value: { Ref: 'Table' } }, Machine: { Value: { Ref: 'MachineVersion' } } },
}

describe('a rehearsed stack', () => {
  let folder: string
  let rehearsal: Rehearsal
  let removeAssembly: () => void
  let image: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rehearsal-'))
    image = join(folder, 'image')
    const stdin = { contents: HEARS, resolveDir: import.meta.dirname }
    const bundle = { bundle: true, minify: true, write: false, format: 'esm', platform: 'node' } as const
    const banner = { js: "import{createRequire}from'module';const require=createRequire(import.meta.url);" }
    const [built] = buildSync({ stdin, ...bundle, banner, mainFields: ['module', 'main'] }).outputFiles
    const written = writeAssembly(template, { hears: { 'index.mjs': built?.text ?? '' } })
    removeAssembly = written.remove
    mkdirSync(image)
    writeFileSync(join(image, 'container.mjs'), 'export default { fetch: () => new Response("hi") }')
    rehearsal = await startRehearsal({
      assembly: written.directory,
      drive: 'jump',
      start: START,
      logDir: join(folder, 'logs'),
    })
  })

  afterAll(async () => {
    await rehearsal.stop()
    removeAssembly()
    rmSync(folder, { recursive: true })
  })

  const client = <C>(Client: new (settings: object) => C): C => new Client(settingsOf(rehearsal))

  async function heard(): Promise<{ at: string; event: Record<string, unknown> }[]> {
    const { Items = [] } = await client(DynamoDBClient).send(
      new ScanCommand({ TableName: rehearsal.stack.outputs.Table }),
    )
    return Items.map(({ at, event }) => ({ at: at?.S ?? '', event: JSON.parse(event?.S ?? '') }))
  }

  test('shows its outputs to an operator', async () => {
    const { Stacks } = await client(CloudFormationClient).send(new DescribeStacksCommand({ StackName: 'Demo' }))
    expect(Stacks?.[0]?.Outputs).toContainEqual({ OutputKey: 'Table', OutputValue: rehearsal.stack.outputs.Table })
  })

  test('answers an operator who invokes a function', async () => {
    const command = new InvokeCommand({
      FunctionName: 'hears',
      Qualifier: '1',
      Payload: Buffer.from('{"from":"operator"}'),
    })
    const answer = await client(LambdaClient).send(command)
    expect(JSON.parse(answer.Payload?.transformToString() ?? '')).toEqual({ heard: { from: 'operator' }, version: '1' })
    expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: '1' })
    await expect(client(LambdaClient).send(new InvokeCommand({ FunctionName: 'absent' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Function not found: arn:aws:lambda:eu-west-1:111122223333:function:absent',
    })
  })

  test('hears of a pushed image by its rule, at the time of AWS, and logs it', async () => {
    rehearsal.ecr.createRepository('app')
    const { digest } = rehearsal.ecr.push({ repository: 'app', tag: 'v1', folder: image })
    await rehearsal.clock.sleep(10_000)
    const pushes = (await heard()).filter(({ event }) => event.source === 'aws.ecr')
    expect(pushes).toHaveLength(1)
    expect(pushes[0]?.event.detail).toMatchObject({ 'image-tag': 'v1', 'image-digest': digest, 'action-type': 'PUSH' })
    expect(Date.parse(pushes[0]?.at ?? '')).toBeGreaterThan(START)
    const [stream] = readdirSync(join(folder, 'logs/aws/lambda/hears/2026/03/01'))
    expect(readFileSync(join(folder, 'logs/aws/lambda/hears/2026/03/01', stream ?? ''), 'utf8')).toMatch(
      /START RequestId/,
    )
  })

  test('does not hear of what its function has not allowed a rule to send', async () => {
    const pattern = { source: ['demo'] }
    const target = rehearsal.stack.resources.Hears ?? ''
    rehearsal.events.putRule({
      name: 'stranger',
      pattern,
      targets: [{ id: 'a', arn: `arn:aws:lambda:eu-west-1:111122223333:function:${target}` }],
    })
    rehearsal.events.publish({ source: 'demo', 'detail-type': 'x', resources: [], detail: {} })
    await rehearsal.clock.sleep(10_000)
    expect((await heard()).filter(({ event }) => event.source === 'demo')).toEqual([])
    expect(rehearsal.events.undelivered.at(-1)).toMatchObject({
      rule: 'stranger',
      error: { name: 'AccessDeniedException' },
    })
  })

  test('runs its state machine, whose waits take no time', async () => {
    const sfn = client(SFNClient)
    const { executionArn } = await sfn.send(
      new StartExecutionCommand({ stateMachineArn: rehearsal.stack.outputs.Machine, input: '{}' }),
    )
    await rehearsal.clock.sleep(4_000_000)
    const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }))
    expect(execution.status).toBe('SUCCEEDED')
    expect(JSON.parse(execution.output ?? '')).toEqual({ heard: { from: 'machine' }, version: '1' })
  })

  test('keeps the processes that it starts small', async () => {
    await Promise.all([1, 2, 3].map(() => rehearsal.lambda.invoke('hears', {})))
    // This process is that of other tests, too.
    const bytes = (await rehearsal.memory()) - process.memoryUsage.rss()
    expect(bytes).toBeGreaterThan(0)
    expect(bytes).toBeLessThan(2 ** 29)
  })
})

test('a function reaches a load balancer, and a receiver of the test, by their names', async () => {
  const logDir = mkdtempSync(join(tmpdir(), 'logs-'))
  const services = await startServices({ drive: 'jump', logDir })
  try {
    const elb = new ElasticLoadBalancingV2Client(settingsOf(services))
    const { LoadBalancers: [balancer] = [] } = await elb.send(
      new CreateLoadBalancerCommand({ Name: 'front', Subnets: ['subnet-0a1b2c3d', 'subnet-1a1b2c3d'] }),
    )
    const group = new CreateTargetGroupCommand({
      Name: 'app',
      Protocol: 'HTTP',
      Port: 80,
      VpcId: 'vpc-0a1b2c3d',
      TargetType: 'ip',
    })
    const { TargetGroups: [targets] = [] } = await elb.send(group)
    const forward = { Type: 'forward', TargetGroupArn: targets?.TargetGroupArn } as const
    const listener = { LoadBalancerArn: balancer?.LoadBalancerArn, DefaultActions: [forward] }
    await elb.send(new CreateListenerCommand({ ...listener, Protocol: 'HTTP', Port: 80 }))
    services.loadBalancers.hosts.set('app.example.com', balancer?.DNSName ?? '')
    services.hosts['hooks.example.com'] = Number(new URL(services.endpoint).port)

    const { directory, remove } = writeAssembly(
      { Resources: {} },
      {
        asks: {
          'index.mjs':
            'export const handler = async urls => Promise.all(urls.map(async url => (await fetch(url)).status))',
        },
      },
    )
    const code = join(directory, 'asset.asks')
    const accessKey = { accessKeyId: 'AKIAASKS', secretAccessKey: 's' }
    services.lambda.createFunction({
      name: 'asks',
      code,
      handler: 'index.handler',
      runtime: 'nodejs24.x',
      roleArn: 'r',
      accessKey,
    })
    remove()
    const urls = ['http://app.example.com/', `http://${balancer?.DNSName}/`, 'https://hooks.example.com/']
    // Nobody serves behind the load balancer yet, and the gateway wants a signature.
    expect((await services.lambda.invoke('asks', urls)).payload).toEqual([503, 503, 403])
  } finally {
    await services.stop()
    rmSync(logDir, { recursive: true })
  }
})

test('a stack that cannot be loaded leaves nothing behind', async () => {
  const { directory, remove } = writeAssembly({ Resources: { Bucket: { Type: 'AWS::S3::Bucket' } } })
  const logDir = mkdtempSync(join(tmpdir(), 'logs-'))
  try {
    await expect(startRehearsal({ assembly: directory, drive: 'jump', logDir })).rejects.toThrow(
      'Bucket: resource type AWS::S3::Bucket',
    )
  } finally {
    remove()
    rmSync(logDir, { recursive: true })
  }
})
