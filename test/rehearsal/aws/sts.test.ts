import * as sdk from '@aws-sdk/client-sts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSts } from '../../../rehearsal/aws/sts.ts'
import { type World, worldWith } from './wire-world.ts'

let world: World

beforeEach(async () => {
  world = await worldWith(() => [createSts()])
})

afterEach(() => world.close())

test('a caller is told who it is', async () => {
  const client = new sdk.STSClient(world.client)
  expect(await client.send(new sdk.GetCallerIdentityCommand({}))).toMatchObject({
    Account: '111122223333',
    Arn: 'operator',
    UserId: expect.stringMatching(/^AIDA[A-Z0-9]{17}$/),
  })
  await expect(client.send(new sdk.GetSessionTokenCommand({}))).rejects.toThrow('sts:GetSessionToken is not part')
})

test('a role is told its session', () => {
  const { GetCallerIdentity } = createSts().operations
  expect(GetCallerIdentity?.({}, { principal: 'arn:aws:iam::111122223333:role/sluice/wake' })).toMatchObject({
    Arn: 'arn:aws:sts::111122223333:assumed-role/wake/rehearsal',
    UserId: expect.stringMatching(/^AROA[A-Z0-9]{17}:rehearsal$/),
  })
})
