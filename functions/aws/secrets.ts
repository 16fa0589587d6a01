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

/** Versions that there are none of, for so long, and so many: anybody can ask for one, and each question to AWS costs. */
const UNKNOWN_MS = 60_000
const UNKNOWN_LIMIT = 1_000
const unknown = once(() => new Map<string, number>())

/**
 * The secret's value, by name or ARN: the current one, or that of a version, or of a stage that a version is at. Undefined when
 * there is none. A version never changes; the current value is asked for again after five minutes, a version that is not there
 * after one.
 */
export async function readSecret(id: string, versionId?: string, stage?: string): Promise<Secret | undefined> {
  const name = `${id} ${versionId ?? ''} ${stage ?? ''}`
  const known = kept().get(name)
  if (known && known.until > Date.now()) return known.secret
  if ((unknown().get(name) ?? 0) > Date.now()) return undefined
  try {
    const found = await client().send(
      new GetSecretValueCommand({
        SecretId: id,
        ...(versionId !== undefined && { VersionId: versionId }),
        ...(stage !== undefined && { VersionStage: stage }),
      }),
    )
    const secret = { value: found.SecretString ?? '', versionId: found.VersionId ?? '' }
    kept().set(name, { secret, until: Date.now() + KEPT_MS })
    return secret
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error
    // A secret that is missing may be put there at any time; a link never names a version before there is one.
    if (versionId !== undefined) rememberUnknown(name)
    return undefined
  }
}

function rememberUnknown(name: string): void {
  const names = unknown()
  names.delete(name)
  names.set(name, Date.now() + UNKNOWN_MS)
  const [oldest] = names.keys()
  if (names.size > UNKNOWN_LIMIT && oldest !== undefined) names.delete(oldest)
}
