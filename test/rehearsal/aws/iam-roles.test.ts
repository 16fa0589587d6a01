import {
  CreateRoleCommand,
  EntityAlreadyExistsException,
  GetRoleCommand,
  IAMClient,
  NoSuchEntityException,
} from '@aws-sdk/client-iam'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createIamRoles } from '../../../rehearsal/aws/iam-roles.ts'
import { START, type World, worldWith } from './wire-world.ts'

let world: World
let client: IAMClient

beforeEach(async () => {
  world = await worldWith(clock => [createIamRoles({ clock })])
  client = new IAMClient({ ...world.client, region: 'us-east-1' })
})

afterEach(async () => {
  expect(world.surprises).toEqual([])
  await world.close()
})

const TRUST = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole' }] })
const create = (more: object = {}) =>
  client.send(new CreateRoleCommand({ RoleName: 'shop', AssumeRolePolicyDocument: TRUST, ...more }))
const get = (RoleName = 'shop') => client.send(new GetRoleCommand({ RoleName }))

test('a role is told with its path, and with its trust as a URL would hold it', async () => {
  await create({ Path: '/teams/' })
  const { Role } = await get()
  expect(Role).toMatchObject({
    ...{ RoleName: 'shop', Path: '/teams/', Arn: 'arn:aws:iam::111122223333:role/teams/shop' },
    ...{ CreateDate: new Date(START), AssumeRolePolicyDocument: encodeURIComponent(TRUST) },
  })
})

test('one that is not there cannot be found', async () => {
  await expect(get()).rejects.toBeInstanceOf(NoSuchEntityException)
})

test('a name is taken once', async () => {
  await create()
  await expect(create()).rejects.toBeInstanceOf(EntityAlreadyExistsException)
})

test.each<[what: string, more: object, name: string]>([
  ['whose trust is no JSON', { AssumeRolePolicyDocument: '{' }, 'MalformedPolicyDocumentException'],
  ['whose name has a space', { RoleName: 'a shop' }, 'ValidationError'],
  ['within bounds', { PermissionsBoundary: 'arn:aws:iam::aws:policy/PowerUserAccess' }, 'NotRehearsed'],
])('no role is made %s', async (_, more, name) => {
  await expect(create(more)).rejects.toMatchObject({ name })
})
