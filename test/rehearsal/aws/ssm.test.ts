import { GetParameterCommand, ParameterNotFound, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSsm, type Parameters } from '../../../rehearsal/aws/ssm.ts'
import { START, type World, worldWith } from './wire-world.ts'

let world: World
let ssm: Parameters
let client: SSMClient

beforeEach(async () => {
  world = await worldWith(clock => {
    ssm = createSsm({ clock })
    return [ssm]
  })
  client = new SSMClient(world.client)
})

afterEach(async () => {
  expect(world.surprises).toEqual([])
  await world.close()
})

const put = (Value: string, more: object = {}) =>
  client.send(new PutParameterCommand({ Name: '/shop/image', Value, Type: 'String', Overwrite: true, ...more }))
const get = (Name = '/shop/image') => client.send(new GetParameterCommand({ Name }))

test('a parameter is what was put last, with the number of its version', async () => {
  expect(await put('one')).toMatchObject({ Version: 1, Tier: 'Standard' })
  await world.clock.sleep(60_000)
  expect(await put('two', { Type: undefined })).toMatchObject({ Version: 2 })
  expect((await get()).Parameter).toEqual({
    Name: '/shop/image',
    Type: 'String',
    Value: 'two',
    Version: 2,
    LastModifiedDate: new Date(START + 60_000),
    ARN: 'arn:aws:ssm:eu-west-1:111122223333:parameter/shop/image',
    DataType: 'text',
  })
})

test('a parameter without levels is the same with its slash and without', async () => {
  await put('one', { Name: 'image' })
  expect((await get('/image')).Parameter).toMatchObject({ Name: 'image', Value: 'one' })
})

test('a parameter is found by its ARN', async () => {
  await put('one')
  const { Parameter } = await get('arn:aws:ssm:eu-west-1:111122223333:parameter/shop/image')
  expect(Parameter).toMatchObject({ Name: '/shop/image', Value: 'one' })
})

test('one that is not there is not found', async () => {
  await expect(get()).rejects.toBeInstanceOf(ParameterNotFound)
  await expect(get('arn:aws:ssm:eu-west-1:111122223333:parameter/other')).rejects.toBeInstanceOf(ParameterNotFound)
})

test('the same value is a version, too, and a hundred are kept', async () => {
  for (let n = 1; n <= 101; n++) await put('one')
  expect(ssm.versions('/shop/image').map(({ number }) => number)).toEqual(Array.from({ length: 100 }, (_, n) => n + 2))
})

test.each<[what: string, more: object, name: string]>([
  ['over one that is there', { Overwrite: false }, 'ParameterAlreadyExists'],
  ['as another type', { Type: 'StringList' }, 'HierarchyTypeMismatchException'],
  ['as no type, where there is none yet', { Name: '/shop/other', Type: undefined }, 'ValidationException'],
  ['as a type that there is not', { Type: 'Text' }, 'ValidationException'],
  ['that is a secret', { Name: '/shop/other', Type: 'SecureString' }, 'NotRehearsed'],
  ['with labels of its own', { Tags: [] }, 'NotRehearsed'],
  ['under a name that AWS keeps', { Name: '/AWS/image' }, 'ValidationException'],
  ['under half a path', { Name: 'shop/image' }, 'ValidationException'],
  ['under a path with an end', { Name: '/shop/' }, 'ValidationException'],
  ['under a name with a space', { Name: '/shop image' }, 'ValidationException'],
  ['under a long name', { Name: `/${'x'.repeat(1_000)}` }, 'ValidationException'],
  ['too deep', { Name: '/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16' }, 'HierarchyLevelLimitExceededException'],
  ['that is large', { Value: 'x'.repeat(4_097) }, 'ValidationException'],
])('a parameter is not put %s', async (_, more, name) => {
  await put('one')
  await expect(put('two', more)).rejects.toMatchObject({ name })
  expect((await get()).Parameter?.Value).toBe('one')
})

test('an older version is not asked for here', async () => {
  await put('one')
  for (const older of ['/shop/image:1', 'arn:aws:ssm:eu-west-1:111122223333:parameter/shop/image:1'])
    await expect(get(older)).rejects.toMatchObject({ name: 'NotRehearsed' })
})
