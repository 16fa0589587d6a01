import { createHash } from 'node:crypto'
import * as sdk from '@aws-sdk/client-secrets-manager'
import type { Clock } from '../clock.ts'
import { secretsAuthorization } from './authorization/secrets-manager.ts'
import { tail } from './letters.ts'
import { secretOperations } from './secrets-manager/operations.ts'
import { Secret } from './secrets-manager/secret.ts'
import { AwsError, arn, type Service } from './service.ts'

export interface NewSecret {
  name: string
  description?: string
  /** Absent: the secret is there and has no value yet. */
  value?: string
}

export interface Secrets extends Service {
  createSecret(secret: NewSecret): { arn: string }
  /** As GetSecretValue, for services that ask in somebody's name. */
  read(asked: sdk.GetSecretValueRequest): sdk.GetSecretValueResponse
}

/** The secrets that exist, as the operations find them. */
export interface SecretStore {
  clock: Clock
  add(name: string, description: string | undefined): Secret
  named(name: string): Secret | undefined
  /** `reference` is a name, an ARN, or an ARN without its random end; throws ResourceNotFoundException. */
  find(reference: string | undefined): Secret
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Secrets with their versions. What is kept is kept in memory and in the clear. */
export function createSecrets({ clock }: { clock: Clock }): Secrets {
  const secrets = new Map<string, Secret>()
  const store: SecretStore = {
    clock,
    named: name => secrets.get(name),
    add(name, description) {
      const secretArn = arn('secretsmanager', `secret:${name}-${tail(`secret/${name}`, 6, LETTERS)}`)
      const secret = new Secret({ name, arn: secretArn, createdAt: clock.now(), description })
      secrets.set(name, secret)
      return secret
    },
    find(reference = '') {
      const partial = (secret: Secret) => secret.arn.slice(0, -7)
      const found =
        secrets.get(reference) ??
        [...secrets.values()].find(secret => reference === secret.arn || reference === partial(secret))
      if (found) return found
      throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.")
    },
  }
  const operations = secretOperations(store)

  return {
    signingName: 'secretsmanager',
    sdk,
    authorization: secretsAuthorization(store),
    operations: { ...operations },
    read: operations.GetSecretValue,
    createSecret({ name, description, value }) {
      const created = operations.CreateSecret({
        Name: name,
        ClientRequestToken: firstVersion(name),
        ...(description !== undefined && { Description: description }),
        ...(value !== undefined && { SecretString: value }),
      })
      return { arn: created.ARN }
    },
  }
}

/** The id of the version that a secret is made with: random on AWS, and here the same for the same name. */
function firstVersion(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}
