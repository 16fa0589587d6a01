import type * as sdk from '@aws-sdk/client-secrets-manager'
import type { SecretStore } from '../secrets-manager.ts'
import { AwsError } from '../service.ts'
import { length } from '../wire/constraints.ts'
import { notRehearsed } from '../wire/endpoint.ts'
import type { Secret, Value, Version } from './secret.ts'

const LARGEST_BYTES = 65_536

export function secretOperations(store: SecretStore) {
  const { clock } = store

  function put(secret: Secret, id: string, value: Value): void {
    if (secret.put(id, value, clock.now()) === 'stored') return
    throw new AwsError(
      'ResourceExistsException',
      `You can't use ClientRequestToken ${id} because that value is already in use for a version of secret ${secret.arn}.`,
    )
  }

  return {
    CreateSecret(input: sdk.CreateSecretRequest): sdk.CreateSecretResponse & { ARN: string } {
      refuseMembers('CreateSecret', input, CREATE)
      const { Name: name = '', Description, ClientRequestToken: token = '' } = input
      checkName(name)
      length('description', Description, 0, 2048)
      const value = givenValue(input)
      const known = store.named(name)
      // A repetition finds the version that it made; anything else is another secret of the same name.
      if (known && !(value && known.version(token))) {
        throw new AwsError('ResourceExistsException', `The operation failed because the secret ${name} already exists.`)
      }
      const secret = known ?? store.add(name, Description)
      if (!value) return { ARN: secret.arn, Name: name }
      put(secret, token, value)
      return { ARN: secret.arn, Name: name, VersionId: token }
    },

    PutSecretValue(input: sdk.PutSecretValueRequest): sdk.PutSecretValueResponse {
      refuseMembers('PutSecretValue', input, PUT)
      const { SecretId, VersionStages, ClientRequestToken: token = '' } = input
      const secret = store.find(SecretId)
      if (VersionStages && (VersionStages.length !== 1 || VersionStages[0] !== 'AWSCURRENT')) {
        throw notRehearsed(`secretsmanager:PutSecretValue with VersionStages [${VersionStages.join(', ')}]`)
      }
      const value = givenValue(input)
      if (!value) throw invalidRequest('You must provide either SecretString or SecretBinary.')
      put(secret, token, value)
      return { ARN: secret.arn, Name: secret.name, VersionId: token, VersionStages: secret.stagesOf(token) }
    },

    GetSecretValue({ SecretId, VersionId, VersionStage }: sdk.GetSecretValueRequest): sdk.GetSecretValueResponse {
      const secret = store.find(SecretId)
      const version = asked(secret, VersionId, VersionStage)
      return {
        ARN: secret.arn,
        Name: secret.name,
        VersionId: version.id,
        ...version.value,
        VersionStages: secret.stagesOf(version.id),
        CreatedDate: new Date(version.createdAt),
      }
    },

    DescribeSecret({ SecretId }: sdk.DescribeSecretRequest): sdk.DescribeSecretResponse {
      const secret = store.find(SecretId)
      return {
        ARN: secret.arn,
        Name: secret.name,
        ...(secret.description !== undefined && { Description: secret.description }),
        CreatedDate: new Date(secret.createdAt),
        LastChangedDate: new Date(secret.changedAt),
        VersionIdsToStages: secret.stages(),
      }
    },
  }
}

const CREATE = ['Name', 'ClientRequestToken', 'Description', 'SecretString', 'SecretBinary', 'Tags']
const PUT = ['SecretId', 'ClientRequestToken', 'SecretString', 'SecretBinary', 'VersionStages']

function refuseMembers(operation: string, input: object, known: string[]): void {
  const unknown = Object.keys(input).find(name => !known.includes(name))
  if (unknown) throw notRehearsed(`secretsmanager:${operation} with ${unknown}`)
}

function checkName(name: string): void {
  if (/^[A-Za-z0-9/_+=.@!-]{1,512}$/.test(name)) return
  throw new AwsError(
    'ValidationException',
    'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
  )
}

function givenValue(input: {
  ClientRequestToken?: string | undefined
  SecretString?: string | undefined
  SecretBinary?: Uint8Array | undefined
}): Value | undefined {
  const { ClientRequestToken, SecretString, SecretBinary } = input
  if (SecretString !== undefined && SecretBinary !== undefined) {
    throw invalidRequest("You can't specify both a binary secret value and a string secret value in the same secret.")
  }
  const value = SecretString ?? SecretBinary
  if (value === undefined) return undefined
  if (ClientRequestToken === undefined) {
    throw invalidRequest('You must provide a ClientRequestToken value. We recommend a UUID-type value.')
  }
  length('clientRequestToken', ClientRequestToken, 32, 64)
  demandSize(SecretString === undefined ? 'secretBinary' : 'secretString', Buffer.byteLength(value))
  return SecretString === undefined ? { SecretBinary: SecretBinary ?? new Uint8Array() } : { SecretString }
}

/** Does not show the value, as AWS does not. */
function demandSize(member: string, bytes: number): void {
  if (bytes >= 1 && bytes <= LARGEST_BYTES) return
  const bound = bytes === 0 ? 'greater than or equal to 1' : `less than or equal to ${LARGEST_BYTES}`
  const constraint = `Member must have length ${bound}`
  const message = `1 validation error detected: Value at '${member}' failed to satisfy constraint: ${constraint}`
  throw new AwsError('ValidationException', message)
}

function asked(secret: Secret, id: string | undefined, stage: string | undefined): Version {
  const wanted = stage ?? (id === undefined ? 'AWSCURRENT' : undefined)
  const version = id === undefined ? secret.staged(wanted ?? '') : secret.version(id)
  if (!version) {
    const by = id === undefined ? `staging label: ${wanted}` : `VersionId: ${id}`
    throw new AwsError('ResourceNotFoundException', `Secrets Manager can't find the specified secret value for ${by}`)
  }
  if (wanted !== undefined && secret.staged(wanted) !== version) {
    const message = 'You provided a VersionStage that is not associated to the provided VersionId.'
    throw new AwsError('InvalidRequestException', message)
  }
  return version
}

function invalidRequest(message: string): AwsError {
  return new AwsError('InvalidRequestException', message)
}
