import * as cloudFront from '@aws-sdk/client-cloudfront'
import * as dynamodb from '@aws-sdk/client-dynamodb'
import * as ecs from '@aws-sdk/client-ecs'
import * as elb from '@aws-sdk/client-elastic-load-balancing-v2'
import * as lambda from '@aws-sdk/client-lambda'
import * as s3 from '@aws-sdk/client-s3'
import * as sns from '@aws-sdk/client-sns'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Access, Authorization } from '../../../../rehearsal/aws/service.ts'
import { ROLE, type World, worldWith } from '../wire-world.ts'

const arn = (service: string, resource: string) => `arn:aws:${service}:eu-west-1:111122223333:${resource}`
const SERVICE = arn('ecs', 'service/shop/api')
const DEPLOYMENT = arn('ecs', 'service-deployment/shop/api/1')
const USER = 'User: arn:aws:sts::111122223333:assumed-role/step/rehearsal is not authorized to perform:'

const on =
  (action: string, ...resources: string[]) =>
  (): Access[] =>
    resources.map(resource => ({ action, resource }))

const answers = (authorization: Authorization) => ({
  operations: Object.fromEntries(Object.keys(authorization).map(name => [name, () => ({})])),
  authorization,
})

const ECS: Authorization = {
  DescribeServices: ({ services = [] }: ecs.DescribeServicesRequest) =>
    services.map(resource => ({ action: 'ecs:DescribeServices', resource })),
  StopServiceDeployment: on('ecs:StopServiceDeployment', SERVICE, DEPLOYMENT),
}

let world: World

beforeEach(async () => {
  world = await worldWith(() => [
    {
      signingName: 'cloudfront',
      sdk: cloudFront,
      isGlobal: true,
      ...answers({ GetDistribution: on('cloudfront:GetDistribution', '*') }),
    },
    {
      signingName: 'ecs',
      sdk: ecs,
      ...answers(ECS),
      operations: { ...answers(ECS).operations, ListClusters: () => ({}) },
    },
    {
      signingName: 'elasticloadbalancing',
      sdk: elb,
      ...answers({ DescribeListeners: on('elasticloadbalancing:DescribeListeners', '*') }),
    },
    {
      signingName: 'lambda',
      sdk: lambda,
      ...answers({ Invoke: on('lambda:InvokeFunction', arn('lambda', 'function:f')) }),
    },
    { signingName: 's3', sdk: s3, ...answers({ GetBucketLocation: on('s3:GetBucketLocation', 'arn:aws:s3:::b') }) },
    { signingName: 'sns', sdk: sns, ...answers({ Publish: on('sns:Publish', arn('sns', 'releases')) }) },
  ])
})

afterEach(async () => {
  expect(world.surprises).toEqual([])
  await world.close()
})

const describeServices = (services: string[], as = world.asRole) =>
  new ecs.ECSClient(as).send(new ecs.DescribeServicesCommand({ services }))
const stop = () =>
  new ecs.ECSClient(world.asRole).send(new ecs.StopServiceDeploymentCommand({ serviceDeploymentArn: DEPLOYMENT }))

const allow = (action: string, ...resources: string[]) => ({ Effect: 'Allow', Action: action, Resource: resources })

test('a role may do what its policies allow, and nothing else', async () => {
  world.policies(allow('ecs:DescribeServices', SERVICE))
  await describeServices([SERVICE])
  await expect(stop()).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: `${USER} ecs:StopServiceDeployment on resource: ${SERVICE} because no identity-based policy allows the ecs:StopServiceDeployment action`,
    $metadata: { httpStatusCode: 403 },
  })
})

test('a call that asks for two types of resource is refused for the one that is missing', async () => {
  world.policies(allow('ecs:StopServiceDeployment', SERVICE))
  await expect(stop()).rejects.toThrow(`on resource: ${DEPLOYMENT} because`)
  world.policies(allow('ecs:StopServiceDeployment', DEPLOYMENT))
  await expect(stop()).rejects.toThrow(`on resource: ${SERVICE} because`)
  world.policies(allow('ecs:StopServiceDeployment', SERVICE, DEPLOYMENT))
  await stop()
})

test('a call on several resources needs all of them', async () => {
  world.policies(allow('ecs:DescribeServices', SERVICE))
  await expect(describeServices([SERVICE, `${SERVICE}-other`])).rejects.toThrow(`on resource: ${SERVICE}-other because`)
})

test('an explicit denial is told as one', async () => {
  world.policies(allow('ecs:*', '*'), { Effect: 'Deny', Action: 'ecs:Describe*', Resource: '*' })
  await expect(describeServices([SERVICE])).rejects.toThrow(
    `${USER} ecs:DescribeServices on resource: ${SERVICE} with an explicit deny in an identity-based policy`,
  )
})

test('nobody reaches another account, not even the operator', async () => {
  world.policies(allow('*', '*'))
  const abroad = SERVICE.replace('111122223333', '999999999999')
  const message = `is not authorized to perform: ecs:DescribeServices on resource: ${abroad} because no resource-based policy allows the ecs:DescribeServices action`
  await expect(describeServices([abroad])).rejects.toThrow(message)
  await expect(describeServices([abroad], world.client)).rejects.toThrow(`User: operator ${message}`)
})

test('the operator, and a role that no template made, are not judged', async () => {
  await describeServices([SERVICE], world.client)
  await describeServices([SERVICE])
  expect([world.iam.access.used(), world.iam.access.denied()]).toEqual([[], []])
})

test('a call of which nobody said what it needs is refused by name to a role, and to nobody else', async () => {
  const list = (as = world.asRole) => new ecs.ECSClient(as).send(new ecs.ListClustersCommand({}))
  await list()
  world.policies(allow('*', '*'))
  await expect(list()).rejects.toMatchObject({
    name: 'NotRehearsed',
    message: 'what ecs:ListClusters is authorized on is not part of this rehearsal',
  })
  await list(world.client)
})

test('each service names the refusal in its own way', async () => {
  world.policies()
  const names = async (...calls: (() => Promise<unknown>)[]) =>
    Promise.all(calls.map(call => call().then(String, ({ name, $metadata }) => `${name} ${$metadata.httpStatusCode}`)))
  const FunctionName = 'arn:aws:lambda:eu-west-1:111122223333:function:f'
  expect(
    await names(
      () => describeServices([SERVICE]),
      () => new lambda.LambdaClient(world.asRole).send(new lambda.InvokeCommand({ FunctionName })),
      () => new elb.ElasticLoadBalancingV2Client(world.asRole).send(new elb.DescribeListenersCommand({})),
      () => new sns.SNSClient(world.asRole).send(new sns.PublishCommand({ Message: 'm' })),
      () =>
        new s3.S3Client({ ...world.asRole, forcePathStyle: true }).send(
          new s3.GetBucketLocationCommand({ Bucket: 'b' }),
        ),
      () => new cloudFront.CloudFrontClient(world.asRole).send(new cloudFront.GetDistributionCommand({ Id: 'E' })),
    ),
  ).toEqual([
    'AccessDeniedException 403',
    'AccessDeniedException 403',
    'AccessDenied 403',
    'AuthorizationErrorException 403',
    'AccessDenied 403',
    'AccessDenied 403',
  ])
})

describe('the record', () => {
  test('counts what a role used by the statement that let it, however often, on whatever', async () => {
    const pattern = arn('ecs', 'service/shop/*')
    world.policies({ Sid: 'Reads', ...allow('ecs:Describe*', pattern) })
    for (const name of ['api', 'web', 'api']) await describeServices([arn('ecs', `service/shop/${name}`)])
    expect(world.iam.access.used()).toEqual([
      { principal: ROLE, action: 'ecs:DescribeServices', resource: pattern, statement: 'Reads', times: 3 },
    ])
  })

  test('tells of a denial at once, and keeps it once with its number', async () => {
    world.policies()
    const told: string[] = []
    world.iam.access.onDenied(({ principal, action, times }) => void told.push(`${principal} ${action} ${times}`))
    for (let turn = 0; turn < 2; turn++) await expect(describeServices([SERVICE])).rejects.toThrow()
    expect(told).toEqual([`${ROLE} ecs:DescribeServices 1`, `${ROLE} ecs:DescribeServices 2`])
    const because = 'because no identity-based policy allows the ecs:DescribeServices action'
    expect(world.iam.access.denied()).toEqual([
      { principal: ROLE, action: 'ecs:DescribeServices', resource: SERVICE, because, times: 2 },
    ])
  })

  test.each<[string, string | RegExp]>([
    ['name', 'step'],
    ['ARN', ROLE],
    ['what its ARN looks like', /role\/st/],
  ])('an action is taken from the role of this %s, and from no other', async (_, principal) => {
    world.policies(allow('ecs:*', '*'))
    world.iam.access.forbid({ principal: 'another', action: 'ecs:DescribeServices' })
    world.iam.access.forbid({ principal, action: 'ecs:StopServiceDeployment' })
    await describeServices([SERVICE])
    await expect(stop()).rejects.toThrow('because no identity-based policy allows the ecs:StopServiceDeployment action')
  })

  test('an action is taken out of one statement, as its use named it, and stays in another', async () => {
    world.policies({ Sid: 'One', ...allow('ecs:*', SERVICE) }, { Sid: 'Other', ...allow('ecs:Describe*', '*') })
    world.iam.access.forbid({ principal: 'step', action: 'ecs:DescribeServices', statement: 'One' })
    await describeServices([SERVICE])
    expect(world.iam.access.used().map(({ statement }) => statement)).toEqual(['Other'])
  })
})

test('a table is asked for before it is looked at', async () => {
  const TableName = 'ledger'
  const world = await worldWith(
    () => [],
    async ({ dynamodb }) => {
      await dynamodb.createTable({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      })
    },
  )
  try {
    const client = new dynamodb.DynamoDBClient(world.asRole)
    const get = () => client.send(new dynamodb.GetItemCommand({ TableName, Key: { pk: { S: 'a' } } }))
    world.policies(allow('dynamodb:PutItem', arn('dynamodb', 'table/ledger')))
    await client.send(new dynamodb.PutItemCommand({ TableName, Item: { pk: { S: 'a' } } }))
    await expect(get()).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: `${USER} dynamodb:GetItem on resource: ${arn('dynamodb', 'table/ledger')} because no identity-based policy allows the dynamodb:GetItem action`,
    })
    await expect(client.send(new dynamodb.GetItemCommand({ TableName: 'other', Key: {} }))).rejects.toThrow(
      'table/other because',
    )
  } finally {
    await world.close()
  }
})
