import {
  CloudTrailClient,
  CreateTrailCommand,
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
  StartLoggingCommand,
  TrailAlreadyExistsException,
  TrailNotFoundException,
} from '@aws-sdk/client-cloudtrail'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createCloudTrail } from '../../../rehearsal/aws/cloudtrail.ts'
import { type World, worldWith } from './wire-world.ts'

const TRAIL = 'arn:aws:cloudtrail:eu-west-1:111122223333:trail/account'

let world: World
let client: CloudTrailClient

beforeEach(async () => {
  world = await worldWith(() => [createCloudTrail()])
  client = new CloudTrailClient(world.client)
})

afterEach(async () => {
  expect(world.surprises).toEqual([])
  await world.close()
})

const create = (more: object = {}) =>
  client.send(new CreateTrailCommand({ Name: 'account', S3BucketName: 'logs', IsMultiRegionTrail: true, ...more }))

test('a trail logs nothing until it is told to, and then every management event', async () => {
  await create()
  const { trailList } = await client.send(new DescribeTrailsCommand({}))
  expect(trailList).toMatchObject([
    { Name: 'account', TrailARN: TRAIL, HomeRegion: 'eu-west-1', IsMultiRegionTrail: true },
  ])
  expect(await client.send(new GetTrailStatusCommand({ Name: TRAIL }))).toMatchObject({ IsLogging: false })
  await client.send(new StartLoggingCommand({ Name: 'account' }))
  expect(await client.send(new GetTrailStatusCommand({ Name: TRAIL }))).toMatchObject({ IsLogging: true })
  expect(await client.send(new GetEventSelectorsCommand({ TrailName: TRAIL }))).toMatchObject({
    EventSelectors: [{ ReadWriteType: 'All', IncludeManagementEvents: true }],
  })
})

test('a trail that there is not is refused', async () => {
  await expect(client.send(new GetTrailStatusCommand({ Name: 'other' }))).rejects.toBeInstanceOf(TrailNotFoundException)
})

test('a name is taken once', async () => {
  await create()
  await expect(create()).rejects.toBeInstanceOf(TrailAlreadyExistsException)
})

test.each<[what: string, more: object, name: string]>([
  ['under a name with a space', { Name: 'a trail' }, 'InvalidTrailNameException'],
  ['of a whole organization', { IsOrganizationTrail: true }, 'NotRehearsed'],
])('no trail is made %s', async (_, more, name) => {
  await expect(create(more)).rejects.toMatchObject({ name })
})
