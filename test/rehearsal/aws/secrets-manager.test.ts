import * as sdk from '@aws-sdk/client-secrets-manager'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { generatePassword } from '../../../rehearsal/aws/secrets-manager/password.ts'
import { createSecrets, type Secrets } from '../../../rehearsal/aws/secrets-manager.ts'
import { START, type World, worldWith } from './wire-world.ts'

const TOKENS = ['1', '2', '3'].map(digit => digit.repeat(32))

let world: World
let secrets: Secrets
let client: sdk.SecretsManagerClient

beforeEach(async () => {
  world = await worldWith(clock => {
    secrets = createSecrets({ clock })
    return [secrets]
  })
  client = new sdk.SecretsManagerClient(world.client)
})

afterEach(() => world.close())

const create = (more: Partial<sdk.CreateSecretRequest> = {}) =>
  client.send(new sdk.CreateSecretCommand({ Name: 'slack', SecretString: 'one', ...more }))
const put = (SecretString: string, ClientRequestToken?: string) =>
  client.send(new sdk.PutSecretValueCommand({ SecretId: 'slack', SecretString, ClientRequestToken }))
const get = (more: Partial<sdk.GetSecretValueRequest> = {}) =>
  client.send(new sdk.GetSecretValueCommand({ SecretId: 'slack', ...more }))
const describeIt = () => client.send(new sdk.DescribeSecretCommand({ SecretId: 'slack' }))

test('a secret is found by its name, its ARN, and its ARN without the random end', async () => {
  const { ARN = '', VersionId } = await create({ Description: 'for the bot' })
  expect(ARN).toMatch(/^arn:aws:secretsmanager:eu-west-1:111122223333:secret:slack-[A-Za-z0-9]{6}$/)
  for (const SecretId of ['slack', ARN, ARN.slice(0, -7)]) {
    expect(await get({ SecretId })).toMatchObject({
      ARN,
      Name: 'slack',
      VersionId,
      SecretString: 'one',
      VersionStages: ['AWSCURRENT'],
      CreatedDate: new Date(START),
    })
  }
  expect(await describeIt()).toMatchObject({ ARN, Description: 'for the bot', LastChangedDate: new Date(START) })
})

test('a new value is the current one, the one before is the previous one, and older ones have no label', async () => {
  await create({ ClientRequestToken: TOKENS[0] })
  await put('two', TOKENS[1])
  expect(await put('three', TOKENS[2])).toMatchObject({ VersionId: TOKENS[2], VersionStages: ['AWSCURRENT'] })
  expect((await get()).SecretString).toBe('three')
  expect((await get({ VersionStage: 'AWSPREVIOUS' })).SecretString).toBe('two')
  expect((await get({ VersionId: TOKENS[0] })).SecretString).toBe('one')
  expect((await describeIt()).VersionIdsToStages).toEqual({
    [TOKENS[1] ?? '']: ['AWSPREVIOUS'],
    [TOKENS[2] ?? '']: ['AWSCURRENT'],
  })
})

test('the same value under the same token is put once; another value under it is refused', async () => {
  await create({ ClientRequestToken: TOKENS[0] })
  await put('two', TOKENS[1])
  await put('two', TOKENS[1])
  expect((await get({ VersionStage: 'AWSPREVIOUS' })).SecretString).toBe('one')
  await expect(put('three', TOKENS[1])).rejects.toMatchObject({ name: 'ResourceExistsException' })
})

test('bytes are kept as bytes', async () => {
  const SecretBinary = Buffer.from([0, 255])
  await client.send(new sdk.CreateSecretCommand({ Name: 'slack', SecretBinary }))
  const answer = await get()
  expect([answer.SecretString, Buffer.from(answer.SecretBinary ?? [])]).toEqual([undefined, SecretBinary])
})

test('what is not there is told in the words of Secrets Manager', async () => {
  await expect(get()).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: "Secrets Manager can't find the specified secret.",
  })
  secrets.createSecret({ name: 'slack' })
  await expect(get()).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
  })
  await expect(get({ VersionId: TOKENS[0] })).rejects.toThrow(`secret value for VersionId: ${TOKENS[0]}`)
})

test.each<[string, () => Promise<unknown>, string, string]>([
  ['a second secret of the name', () => create(), 'ResourceExistsException', 'the secret slack already exists'],
  ['an invalid name', () => create({ Name: 'a b' }), 'ValidationException', 'Invalid name'],
  ['text and bytes', () => create({ SecretBinary: Buffer.from('x') }), 'InvalidRequestException', 'You can'],
  ['an empty value', () => put(''), 'ValidationException', "at 'secretString' failed"],
  ['a large value', () => put('x'.repeat(65_537)), 'ValidationException', 'less than or equal to 65536'],
  ['a short token', () => put('x', 'short'), 'ValidationException', "at 'clientRequestToken' failed"],
  [
    'a stage that is not the version’s',
    () => get({ VersionId: TOKENS[0], VersionStage: 'AWSCURRENT' }),
    'InvalidRequestException',
    'not associated to the provided VersionId',
  ],
  ['a key', () => create({ KmsKeyId: 'k' }), 'NotRehearsed', 'secretsmanager:CreateSecret with KmsKeyId is not part'],
  [
    'a rotation',
    () => client.send(new sdk.RotateSecretCommand({ SecretId: 'slack' })),
    'NotRehearsed',
    'secretsmanager:RotateSecret is not part',
  ],
])('%s is refused', async (_, ask, name, message) => {
  await create({ ClientRequestToken: TOKENS[0] })
  await put('two')
  await expect(ask()).rejects.toMatchObject({ name, message: expect.stringContaining(message) })
})

describe('a generated password', () => {
  test('has its length, and is the same in every rehearsal', () => {
    const password = generatePassword({}, 'seed')
    expect(password).toHaveLength(32)
    expect(generatePassword({}, 'seed')).toBe(password)
    expect(generatePassword({}, 'other')).not.toBe(password)
  })

  test.each([...'abcdefgh'])('has each kind of characters, be it as short as can be: %s', seed => {
    const password = generatePassword({ PasswordLength: 4 }, seed)
    for (const kind of [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9]/]) expect(password).toMatch(kind)
  })

  test('leaves out what it is told to', () => {
    const options = { PasswordLength: 200, ExcludePunctuation: true, ExcludeUppercase: true, ExcludeCharacters: 'abc' }
    expect(generatePassword(options, 'seed')).toMatch(/^[d-z0-9]{200}$/)
  })

  test('that has no room for each kind is refused', () => {
    expect(() => generatePassword({ PasswordLength: 3 }, 'seed')).toThrow('no room for each of 4')
    expect(generatePassword({ PasswordLength: 3, RequireEachIncludedType: false }, 'seed')).toHaveLength(3)
  })
})
