import type * as z from 'zod'
import { parseSecret } from '../../domain/secrets.ts'
import { readSecret } from '../aws/secrets.ts'
import type { Site, Statement } from '../permissions.ts'
import type { NotDone } from './answers.ts'

/** Reads the secret as one of ours. What is wrong with it is told without its value: a person can mend it meanwhile. */
export async function readAs<T>(schema: z.ZodType<T>, name: string): Promise<{ kind: 'secret'; value: T } | NotDone> {
  const found = await foundAs(name)
  if (found.kind !== 'found') return found
  const parsed = parseSecret(schema, found.value)
  return parsed.kind === 'secret' ? parsed : unusable(name, parsed.because)
}

type Found = { kind: 'found'; value: string } | NotDone

async function foundAs(name: string): Promise<Found> {
  try {
    const secret = await readSecret(name)
    return secret ? { kind: 'found', value: secret.value } : unusable(name, 'there is none of this name')
  } catch (error) {
    return unusable(name, (error as Error).name)
  }
}

function unusable(name: string, because: string): NotDone {
  return { kind: 'mend', because: `secret ${name} cannot be used: ${because}`, todo: `put the secret ${name} right` }
}

/** Reads these secrets of the users, by their names. */
export function readsSecrets(site: Site, names: string[]): Statement[] {
  if (names.length === 0) return []
  return [
    {
      actions: ['secretsmanager:GetSecretValue'],
      resources: [...new Set(names)].map(name => site.arn('secretsmanager', `secret:${name}-??????`)),
      because: 'Secrets Manager ends the ARN of every secret with six characters of its own',
    },
  ]
}
