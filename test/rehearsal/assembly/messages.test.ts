import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Rehearsal, startRehearsal } from '../../../rehearsal/index.ts'
import { ROLE, writeAssembly } from './assembly-for-tests.ts'

const START = Date.parse('2026-03-01T09:00:00Z')

/** Prints what it reads, and fails when that is poison. */
const READS = `
  export const handler = async ({ Records }) => {
    for (const { body } of Records) console.log('read', body)
    return { batchItemFailures: Records.filter(one => one.body === 'poison').map(one => ({ itemIdentifier: one.messageId })) }
  }`

const PAGES = `
  export const handler = async ({ rawPath, pathParameters, requestContext }) =>
    ({ statusCode: 200, body: JSON.stringify({ rawPath, pathParameters, time: requestContext.timeEpoch, url: process.env.URL }) })`

const lambda = (key: string, more: object = {}) => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    FunctionName: key,
    Code: { S3Bucket: 'assets', S3Key: `${key}.zip` },
    Handler: 'index.handler',
    Runtime: 'nodejs24.x',
    Timeout: 10,
    Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
    ...more,
  },
})

const version = (FunctionName: object) => ({ Type: 'AWS::Lambda::Version', Properties: { FunctionName } })

const mayBeSent = (queue: string) => ({
  Type: 'AWS::SQS::QueuePolicy',
  Properties: {
    Queues: [{ Ref: queue }],
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'sns.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: { 'Fn::GetAtt': [queue, 'Arn'] },
          Condition: { ArnEquals: { 'aws:SourceArn': { Ref: 'Topic' } } },
        },
      ],
    },
  },
})

/** As the CDK writes it. */
const template = {
  Resources: {
    Role: ROLE,
    Reads: lambda('reads'),
    ReadsVersion: version({ Ref: 'Reads' }),
    Pages: lambda('pages', { Environment: { Variables: { URL: { 'Fn::GetAtt': ['Api', 'ApiEndpoint'] } } } }),
    PagesVersion: version({ Ref: 'Pages' }),

    Topic: { Type: 'AWS::SNS::Topic', Properties: { DisplayName: 'Releases' } },
    TopicPolicy: {
      Type: 'AWS::SNS::TopicPolicy',
      Properties: { PolicyDocument: { Statement: [] }, Topics: [{ Ref: 'Topic' }] },
    },
    Mail: {
      Type: 'AWS::SNS::Subscription',
      Properties: {
        TopicArn: { Ref: 'Topic' },
        Protocol: 'email',
        Endpoint: 'ana@example.com',
        FilterPolicy: { to: ['ana'] },
      },
    },
    Subscription: {
      Type: 'AWS::SNS::Subscription',
      Properties: {
        TopicArn: { Ref: 'Topic' },
        Protocol: 'sqs',
        Endpoint: { 'Fn::GetAtt': ['Queue', 'Arn'] },
        RawMessageDelivery: true,
        RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] } },
      },
      DependsOn: ['QueuePolicy'],
    },
    Dead: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true } },
    Queue: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        QueueName: 'slack',
        VisibilityTimeout: 60,
        RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 2 },
      },
      DeletionPolicy: 'Delete',
    },
    QueuePolicy: mayBeSent('Queue'),
    Mapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        BatchSize: 5,
        EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] },
        FunctionName: { 'Fn::Join': ['', [{ Ref: 'Reads' }, ':', { 'Fn::GetAtt': ['ReadsVersion', 'Version'] }]] },
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 2 },
      },
    },
    Alarm: {
      Type: 'AWS::CloudWatch::Alarm',
      Properties: {
        AlarmName: 'slack-dead-letters',
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': ['Dead', 'QueueName'] } }],
        EvaluationPeriods: 1,
        MetricName: 'ApproximateNumberOfMessagesVisible',
        Namespace: 'AWS/SQS',
        Period: 300,
        Statistic: 'Maximum',
        Threshold: 1,
      },
    },
    Other: {
      Type: 'AWS::CloudWatch::Alarm',
      Properties: {
        AlarmName: 'errors',
        ComparisonOperator: 'GreaterThanThreshold',
        EvaluationPeriods: 1,
        MetricName: 'Errors',
        Namespace: 'AWS/Lambda',
        Period: 60,
        Statistic: 'Sum',
        Threshold: 0,
      },
    },

    Signing: {
      Type: 'AWS::SecretsManager::Secret',
      Properties: { GenerateSecretString: { PasswordLength: 40, ExcludePunctuation: true } },
    },
    Slack: {
      Type: 'AWS::SecretsManager::Secret',
      Properties: {
        Name: 'sluice/slack',
        Description: 'the bot',
        GenerateSecretString: { SecretStringTemplate: '{"channel":"#deploys"}', GenerateStringKey: 'token' },
      },
      DeletionPolicy: 'Retain',
    },

    Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'Pages', ProtocolType: 'HTTP' } },
    Stage: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: {
        ApiId: { Ref: 'Api' },
        AutoDeploy: true,
        StageName: '$default',
        DefaultRouteSettings: { ThrottlingBurstLimit: 20, ThrottlingRateLimit: 10 },
      },
    },
    Integration: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        ApiId: { Ref: 'Api' },
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: { Ref: 'PagesVersion' },
        PayloadFormatVersion: '2.0',
      },
    },
    Route: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: {
        ApiId: { Ref: 'Api' },
        AuthorizationType: 'NONE',
        RouteKey: 'GET /approve/{id}',
        Target: { 'Fn::Join': ['', ['integrations/', { Ref: 'Integration' }]] },
      },
    },
    Forbidden: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: {
        ApiId: { Ref: 'Api' },
        RouteKey: 'GET /forbidden',
        Target: { 'Fn::Join': ['', ['integrations/', { Ref: 'Integration' }]] },
      },
    },
    MayAsk: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        Action: 'lambda:InvokeFunction',
        FunctionName: { Ref: 'PagesVersion' },
        Principal: 'apigateway.amazonaws.com',
        SourceArn: {
          'Fn::Join': ['', ['arn:aws:execute-api:eu-west-1:111122223333:', { Ref: 'Api' }, '/*/*/approve/{id}']],
        },
      },
    },
  },
  Outputs: {
    Topic: { Value: { Ref: 'Topic' } },
    Queue: { Value: { Ref: 'Queue' } },
    Signing: { Value: { Ref: 'Signing' } },
    Url: { Value: { 'Fn::GetAtt': ['Api', 'ApiEndpoint'] } },
  },
}

describe('a rehearsed stack that talks to people', () => {
  let logDir: string
  let rehearsal: Rehearsal
  let outputs: Record<string, string>

  beforeEach(async () => {
    logDir = mkdtempSync(join(tmpdir(), 'logs-'))
    const code = { reads: { 'index.mjs': READS }, pages: { 'index.mjs': PAGES } }
    const { directory, remove } = writeAssembly(template, code)
    rehearsal = await startRehearsal({ assembly: directory, drive: 'jump', start: START, logDir })
    outputs = rehearsal.stack.outputs
    remove()
  })

  afterEach(async () => {
    await rehearsal.stop()
    rmSync(logDir, { recursive: true })
  })

  const client = <C>(Client: new (settings: object) => C): C => {
    const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = rehearsal.env
    const credentials = { accessKeyId, secretAccessKey }
    return new Client({ endpoint: rehearsal.endpoint, region: rehearsal.env.AWS_REGION ?? '', credentials })
  }
  const publish = (Message: string, to = 'nobody') =>
    client(SNSClient).send(
      new PublishCommand({
        TopicArn: outputs.Topic,
        Message,
        Subject: 'Shop',
        MessageAttributes: { to: { DataType: 'String', StringValue: to } },
      }),
    )

  function read(): string[] {
    const folder = join(logDir, 'aws/lambda/reads')
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
    const lines = files.flatMap(file => readFileSync(join(file.parentPath, file.name), 'utf8').split('\n'))
    return lines.flatMap(line => /read (.*)$/.exec(line)?.[1] ?? [])
  }

  test('has what is published read by a function from its queue, and mailed to whom it concerns', async () => {
    await publish('released', 'ana')
    await rehearsal.clock.sleep(10_000)
    expect(read()).toEqual(['released'])
    expect(rehearsal.mailbox).toEqual([
      { to: 'ana@example.com', subject: 'Shop', text: 'released', at: expect.any(Number) },
    ])
    const asked = new GetQueueAttributesCommand({ QueueUrl: outputs.Queue, AttributeNames: ['All'] })
    expect((await client(SQSClient).send(asked)).Attributes).toMatchObject({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesNotVisible: '0',
      VisibilityTimeout: '60',
    })
    expect(rehearsal.alarms()).toEqual([
      { name: 'slack-dead-letters', state: 'OK' },
      { name: 'errors', state: 'INSUFFICIENT_DATA' },
    ])
  })

  test('alarms when a message ends among the dead letters', async () => {
    await publish('poison')
    await rehearsal.clock.sleep(300_000)
    expect(read()).toEqual(['poison', 'poison'])
    expect(rehearsal.alarms()[0]).toEqual({ name: 'slack-dead-letters', state: 'ALARM' })
  })

  test('answers a browser by its function, which knows its own address', async () => {
    expect(outputs.Url).toBe(rehearsal.httpApis.list()[0]?.url)
    const response = await fetch(`${outputs.Url}/approve/a1`)
    expect(await response.json()).toEqual({
      rawPath: '/approve/a1',
      pathParameters: { id: 'a1' },
      time: expect.any(Number),
      url: outputs.Url,
    })
    expect((await fetch(`${outputs.Url}/forbidden`)).status).toBe(500)
    expect((await fetch(`${outputs.Url}/`)).status).toBe(404)
  })

  test('keeps generated secrets', async () => {
    const value = async (SecretId = '') =>
      (await client(SecretsManagerClient).send(new GetSecretValueCommand({ SecretId }))).SecretString ?? ''
    expect(await value(outputs.Signing)).toMatch(/^[A-Za-z0-9]{40}$/)
    expect(JSON.parse(await value('sluice/slack'))).toEqual({ channel: '#deploys', token: expect.any(String) })
  })

  test('tells an operator who they are', async () => {
    const { Arn } = await client(STSClient).send(new GetCallerIdentityCommand({}))
    expect(Arn).toBe('arn:aws:iam::111122223333:user/operator')
  })
})

describe('of what talks to people, what is not rehearsed', () => {
  const topic = { Type: 'AWS::SNS::Topic' }
  const queue = (Properties: object) => ({ Q: { Type: 'AWS::SQS::Queue', Properties } })
  const refusals: [string, object, string][] = [
    ['a FIFO queue', queue({ FifoQueue: true }), 'Q (AWS::SQS::Queue): FifoQueue is not part'],
    ['a queue with a key', queue({ KmsMasterKeyId: 'alias/aws/sqs' }), 'KmsMasterKeyId is not part'],
    ['long polling', queue({ ReceiveMessageWaitTimeSeconds: 20 }), 'property ReceiveMessageWaitTimeSeconds'],
    [
      'a topic with a key',
      { T: { ...topic, Properties: { KmsMasterKeyId: 'k' } } },
      'a key other than alias/aws/sns is not part',
    ],
    [
      'a subscribed function',
      {
        T: topic,
        S: {
          Type: 'AWS::SNS::Subscription',
          Properties: { TopicArn: { Ref: 'T' }, Protocol: 'lambda', Endpoint: 'f' },
        },
      },
      'S (AWS::SNS::Subscription): an SNS subscription of the protocol lambda is not part',
    ],
    [
      'a secret with a key',
      { S: { Type: 'AWS::SecretsManager::Secret', Properties: { KmsKeyId: 'k' } } },
      'KmsKeyId is not part',
    ],
    [
      'a secret with two values',
      { S: { Type: 'AWS::SecretsManager::Secret', Properties: { SecretString: 'a', GenerateSecretString: {} } } },
      'not both',
    ],
    [
      'half a template of a secret',
      { S: { Type: 'AWS::SecretsManager::Secret', Properties: { GenerateSecretString: { GenerateStringKey: 'k' } } } },
      'go together',
    ],
    [
      'a WebSocket API',
      { A: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'a', ProtocolType: 'WEBSOCKET' } } },
      'property ProtocolType',
    ],
    [
      'an alarm by an expression',
      { A: { Type: 'AWS::CloudWatch::Alarm', Properties: { Metrics: [] } } },
      'Metrics is not part',
    ],
  ]
  test.for(refusals)('is refused by name: %s', async ([, Resources, message]) => {
    const logDir = mkdtempSync(join(tmpdir(), 'logs-'))
    const { directory, remove } = writeAssembly({ Resources })
    try {
      await expect(startRehearsal({ assembly: directory, drive: 'jump', logDir })).rejects.toThrow(message)
    } finally {
      remove()
      rmSync(logDir, { recursive: true })
    }
  })
})
