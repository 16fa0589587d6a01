import * as z from 'zod'
import type { DatabaseChoice } from '../../domain/database.ts'

export const COMMENT_LIMIT = 1_000
const BODY_LIMIT = 16 * 1_024

const fields = z.strictObject({
  decision: z.enum(['approve', 'reject'], { error: 'decision must be "approve" or "reject"' }),
  comment: z
    .string()
    .max(COMMENT_LIMIT, { error: `comment must have at most ${COMMENT_LIMIT.toLocaleString('en')} characters` })
    .regex(/^(?:[\n\t]|\P{Cc})*$/u, { error: 'comment must hold no control characters' })
    .default(''),
})

/** Whoever says nothing of the database says what the page had preset. */
function withDatabase(choices: DatabaseChoice[]): z.ZodType<Said> {
  const [preset, ...others] = choices
  if (preset === undefined) return fields
  const error = `database must be ${choices.map(choice => `"${choice}"`).join(' or ')}`
  return fields.extend({ database: z.enum([preset, ...others], { error }).default(preset) })
}
type Said = z.infer<typeof fields> & { database?: DatabaseChoice }

/** What a form says, or why it says nothing. */
export type Posted =
  | { kind: 'posted'; decision: 'approve' | 'reject'; comment: string; database?: DatabaseChoice }
  | { kind: 'refused'; status: 400 | 413 | 415; because: string }

const refused = (status: 400 | 413 | 415, because: string): Posted => ({ kind: 'refused', status, because })

/**
 * Reads the decision that was posted. Nothing of the body is looked at before its length is known to be harmless. `choices`:
 * what may become of the database; what else a form says of it is refused.
 */
export async function readForm(request: Request, choices: DatabaseChoice[] = []): Promise<Posted> {
  if (!isForm(request.headers.get('content-type') ?? ''))
    return refused(415, 'a decision is posted as application/x-www-form-urlencoded in UTF-8')
  if (Number(request.headers.get('content-length') ?? 0) > BODY_LIMIT) return refused(413, TOO_LONG)
  const body = await request.arrayBuffer()
  if (body.byteLength > BODY_LIMIT) return refused(413, TOO_LONG)
  const pairs = decoded(body)
  if (!pairs) return refused(400, 'the form is not UTF-8')
  const named = Object.fromEntries(pairs)
  if (Object.keys(named).length < pairs.length) return refused(400, 'the form says something twice')
  const parsed = withDatabase(choices).safeParse(named)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return refused(400, issue?.code === 'unrecognized_keys' ? 'the form has a field too many' : (issue?.message ?? ''))
  }
  const { decision, comment, database } = parsed.data
  const said = { kind: 'posted', decision, comment: comment.trim() } as const
  // Whoever rejects chooses nothing: the stage is not changed.
  return database !== undefined && decision === 'approve' ? { ...said, database } : said
}

const TOO_LONG = `a decision has at most ${BODY_LIMIT / 1_024} KB`

function isForm(contentType: string): boolean {
  const [type = '', ...parameters] = contentType.split(';').map(part => part.trim().toLowerCase())
  const charset = parameters.find(parameter => parameter.startsWith('charset='))
  return type === 'application/x-www-form-urlencoded' && (!charset || /^charset="?utf-8"?$/.test(charset))
}

/** URLSearchParams would put a replacement character where bytes are no text; undefined here. */
function decoded(body: ArrayBuffer): [string, string][] | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
    return text
      .split('&')
      .filter(Boolean)
      .map(pair => {
        const [name = '', ...value] = pair.split('=').map(part => decodeURIComponent(part.replaceAll('+', ' ')))
        return [name, value.join('=').replaceAll('\r\n', '\n')]
      })
  } catch {
    return undefined
  }
}
