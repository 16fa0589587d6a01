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
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
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

describe('a trail that is at home in another region', () => {
  let elsewhere: CloudTrailClient
  beforeEach(() => {
    elsewhere = new CloudTrailClient({ ...world.client, region: 'us-east-1' })
  })
  const HOME = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/account'
  const make = async (more: object = {}) => {
    await elsewhere.send(
      new CreateTrailCommand({ Name: 'account', S3BucketName: 'logs', IsMultiRegionTrail: true, ...more }),
    )
    await elsewhere.send(new StartLoggingCommand({ Name: 'account' }))
  }

  test('is listed where it hears, with its home, and whether it logs is told by its ARN', async () => {
    await make()
    const { trailList } = await client.send(new DescribeTrailsCommand({}))
    expect(trailList).toMatchObject([{ TrailARN: HOME, HomeRegion: 'us-east-1' }])
    expect(await client.send(new GetTrailStatusCommand({ Name: HOME }))).toMatchObject({ IsLogging: true })
    await expect(client.send(new GetTrailStatusCommand({ Name: 'account' }))).rejects.toThrow(TrailNotFoundException)
  })

  test('tells at home alone what it logs', async () => {
    await make()
    const selectors = new GetEventSelectorsCommand({ TrailName: HOME })
    await expect(client.send(selectors)).rejects.toThrow(`Unknown trail: ${HOME} for the user: 111122223333`)
    expect(await elsewhere.send(selectors)).toMatchObject({ TrailARN: HOME })
  })

  test('hears of no other region where it is for its own', async () => {
    await make({ IsMultiRegionTrail: false })
    expect((await client.send(new DescribeTrailsCommand({}))).trailList).toEqual([])
    await expect(client.send(new GetTrailStatusCommand({ Name: HOME }))).rejects.toThrow(TrailNotFoundException)
  })

  test('leaves its name free here', async () => {
    await make()
    await create()
    expect((await client.send(new DescribeTrailsCommand({}))).trailList).toHaveLength(2)
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
