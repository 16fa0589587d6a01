import * as dynamodb from '@aws-sdk/client-dynamodb'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type World, worldWith } from './wire-world.ts'

let world: World
let client: dynamodb.DynamoDBClient

beforeEach(async () => {
  world = await worldWith(
    () => [],
    parts =>
      parts.dynamodb.createTable({
        TableName: 'ledger',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        DeletionProtectionEnabled: true,
      }),
  )
  client = new dynamodb.DynamoDBClient(world.client)
})

afterEach(() => world.close())

const item = (n: string) => ({ TableName: 'ledger', Item: { pk: { S: 'a' }, n: { N: n } } })

test('a table that was created is active, in the rehearsal’s account and region', async () => {
  const { Table } = await client.send(new dynamodb.DescribeTableCommand({ TableName: 'ledger' }))
  expect(Table).toMatchObject({
    TableStatus: 'ACTIVE',
    TableArn: 'arn:aws:dynamodb:eu-west-1:111122223333:table/ledger',
  })
})

test('an item that was put is read back', async () => {
  await client.send(new dynamodb.PutItemCommand(item('12345678901234567890')))
  const { Item } = await client.send(new dynamodb.GetItemCommand({ TableName: 'ledger', Key: { pk: { S: 'a' } } }))
  expect(Item).toEqual(item('12345678901234567890').Item)
})

test('a condition that does not hold fails as in DynamoDB', async () => {
  await client.send(new dynamodb.PutItemCommand(item('1')))
  const again = client.send(
    new dynamodb.PutItemCommand({ ...item('2'), ConditionExpression: 'attribute_not_exists(pk)' }),
  )
  await expect(again).rejects.toBeInstanceOf(dynamodb.ConditionalCheckFailedException)
})

test('a table that is not there is DynamoDB’s error', async () => {
  const lookup = client.send(new dynamodb.GetItemCommand({ TableName: 'nowhere', Key: { pk: { S: 'a' } } }))
  await expect(lookup).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
})

test('the item of a failed condition is refused by name, and asking for none is not', async () => {
  const put = (asked: 'ALL_OLD' | 'NONE') =>
    client.send(new dynamodb.PutItemCommand({ ...item('1'), ReturnValuesOnConditionCheckFailure: asked }))
  await put('NONE')
  await expect(put('ALL_OLD')).rejects.toMatchObject({
    name: 'NotRehearsed',
    message: 'dynamodb:PutItem with ReturnValuesOnConditionCheckFailure is not part of this rehearsal',
  })
})

test.each([
  [
    'TransactWriteItems',
    () => client.send(new dynamodb.TransactWriteItemsCommand({ TransactItems: [{ Put: item('1') }] })),
  ],
  [
    'UpdateTimeToLive',
    () =>
      client.send(
        new dynamodb.UpdateTimeToLiveCommand({
          TableName: 'ledger',
          TimeToLiveSpecification: { Enabled: true, AttributeName: 'ttl' },
        }),
      ),
  ],
])('%s is refused by name', async (name, ask) => {
  await expect(ask()).rejects.toMatchObject({
    name: 'NotRehearsed',
    message: `dynamodb:${name} is not part of this rehearsal`,
  })
})

test('DynamoDB can be throttled like any other service', async () => {
  world.faults.add({ service: 'dynamodb', operation: 'PutItem', does: 'throttle' })
  await expect(client.send(new dynamodb.PutItemCommand(item('1')))).rejects.toMatchObject({
    name: 'ThrottlingException',
  })
})
