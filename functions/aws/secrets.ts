import { GetSecretValueCommand, ResourceNotFoundException, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { once } from '../environment.ts'

const client = once(() => new SecretsManagerClient({}))

export interface Secret {
  value: string
  /** Id of this version of the secret. */
  versionId: string
}

const KEPT_MS = 5 * 60_000
const kept = once(() => new Map<string, { secret: Secret; until: number }>())

/**
 * The secret's value, by name or ARN: the current one, or that of a version. Undefined when there is none. A version never
 * changes; the current value is asked for again after five minutes.
 */
export async function readSecret(id: string, versionId?: string): Promise<Secret | undefined> {
  const name = `${id} ${versionId ?? ''}`
  const known = kept().get(name)
  if (known && known.until > Date.now()) return known.secret
  try {
    const found = await client().send(
      new GetSecretValueCommand({ SecretId: id, ...(versionId !== undefined && { VersionId: versionId }) }),
    )
    const secret = { value: found.SecretString ?? '', versionId: found.VersionId ?? '' }
    kept().set(name, { secret, until: Date.now() + KEPT_MS })
    return secret
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined
    throw error
  }
}
