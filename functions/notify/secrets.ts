import * as z from 'zod'
import { readSecret } from '../aws/secrets.ts'
import type { Site, Statement } from '../permissions.ts'
import type { NotDone } from './answers.ts'

const url = z.url({ protocol: /^https?$/, error: 'is no URL' })
const text = z.string({ error: 'is missing' }).min(1, { error: 'is empty' })

export const slackBot = z.object({ token: text, url: url.default('https://slack.com/api') })
export type SlackBot = z.infer<typeof slackBot>

export const slackWebhook = z.object({ webhook: url })

export const pagerDutyKey = z.object({
  routingKey: text.regex(/^[A-Za-z0-9]{32}$/, { error: 'is not the 32 letters and digits of an integration key' }),
  url: url.default('https://events.pagerduty.com'),
})
export type PagerDutyKey = z.infer<typeof pagerDutyKey>

/** Reads the secret as one of ours. What is wrong with it is told without its value: a person can mend it meanwhile. */
export async function readAs<T>(schema: z.ZodType<T>, name: string): Promise<{ kind: 'secret'; value: T } | NotDone> {
  const found = await foundAs(name)
  if (found.kind !== 'found') return found
  const parsed = schema.safeParse(asJson(found.value))
  if (parsed.success) return { kind: 'secret', value: parsed.data }
  const wrong = parsed.error.issues.map(({ path, message }) =>
    path.length > 0 ? `"${path.join('.')}" ${message}` : 'it is not a JSON object',
  )
  return unusable(name, wrong.join(', '))
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

/** What JSON.parse says of a text quotes it, so it says nothing here. */
function asJson(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return undefined
  }
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
