import * as z from 'zod'

/** What people put into the secrets that the application file names. */

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

/** `because`: what is wrong with it, without anything of its value. */
export type ParsedSecret<T> = { kind: 'secret'; value: T } | { kind: 'unfit'; because: string }

export function parseSecret<T>(schema: z.ZodType<T>, text: string): ParsedSecret<T> {
  const parsed = schema.safeParse(asJson(text))
  if (parsed.success) return { kind: 'secret', value: parsed.data }
  const wrong = parsed.error.issues.map(({ path, message }) =>
    path.length > 0 ? `"${path.join('.')}" ${message}` : 'it is not a JSON object',
  )
  return { kind: 'unfit', because: wrong.join(', ') }
}

/** What JSON.parse says of a text quotes it, so it says nothing here. */
function asJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
