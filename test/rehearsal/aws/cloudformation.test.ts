import * as sdk from '@aws-sdk/client-cloudformation'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createCloudFormation } from '../../../rehearsal/aws/cloudformation.ts'
import { START, sendRaw, type World, worldWith } from './wire-world.ts'

let world: World
let client: sdk.CloudFormationClient

beforeEach(async () => {
  world = await worldWith(clock => {
    const cloudformation = createCloudFormation({ clock })
    cloudformation.putStack({ name: 'one', outputs: { Table: 'ledger & more' } })
    cloudformation.putStack({ name: 'two', outputs: {} })
    return [cloudformation]
  })
  client = new sdk.CloudFormationClient(world.client)
})

afterEach(() => world.close())

test('a stack tells its outputs by name and by id', async () => {
  const byName = await client.send(new sdk.DescribeStacksCommand({ StackName: 'one' }))
  expect(byName.Stacks).toMatchObject([
    {
      StackName: 'one',
      StackStatus: 'CREATE_COMPLETE',
      CreationTime: new Date(START),
      Outputs: [{ OutputKey: 'Table', OutputValue: 'ledger & more' }],
    },
  ])
  const byId = await client.send(new sdk.DescribeStacksCommand({ StackName: byName.Stacks?.[0]?.StackId }))
  expect(byId.Stacks).toEqual(byName.Stacks)
})

test('all stacks are told when none is named', async () => {
  const { Stacks } = await client.send(new sdk.DescribeStacksCommand({}))
  expect(Stacks?.map(({ StackName }) => StackName)).toEqual(['one', 'two'])
})

test('a stack that does not exist is a ValidationError', async () => {
  await expect(client.send(new sdk.DescribeStacksCommand({ StackName: 'three' }))).rejects.toMatchObject({
    name: 'ValidationError',
    message: 'Stack with id three does not exist',
  })
})

test('a stack name that is too short is a ValidationError in the words of the model', async () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const answer = await sendRaw(world, 'cloudformation', form, 'Action=DescribeStacks&StackName=')
  expect([answer.status, answer.body]).toEqual([400, expect.stringContaining('<Code>ValidationError</Code>')])
})
