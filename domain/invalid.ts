import type * as z from 'zod'

/** One thing that is wrong with a document: where, what was found, and what to do. */
export interface Mistake {
  /** `stages.0.services.1.image`; empty for the document as a whole. */
  path: string
  /** What stands there, as JSON, shortened; `nothing` where the field is missing. */
  found: string
  /** What is wrong and how to mend it. */
  remedy: string
}

/** Fields that a later version of Sluice will know; refused by name until then. */
const LATER = new Set([
  'approval',
  'backup',
  'migrate',
  'watch',
  'after',
  'notify',
  'groups',
  'environment',
  'freeze',
  'canary',
  'linear',
  'queue',
  'settle',
])

/** Every mistake of a document, in the order of the document's schema. */
export function mistakes(error: z.ZodError, document: unknown): Mistake[] {
  return error.issues.flatMap(issue => {
    const at = (path: PropertyKey[], remedy: string): Mistake => ({
      path: path.map(String).join('.'),
      found: shown(
        path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], document),
      ),
      remedy,
    })
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map(key =>
        at(
          [...issue.path, key],
          LATER.has(key)
            ? `${key}: not supported yet; take it out`
            : 'is not a field here; correct its name or take it out',
        ),
      )
    return [at(issue.path, remedyFor(issue))]
  })
}

/** `stages.0.name: "Prod": must …`: one line for one mistake. */
export function sentence({ path, found, remedy }: Mistake): string {
  return `${path || 'the document'}: ${found}: ${remedy}`
}

function remedyFor(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? `is missing; write a value of type ${issue.expected}`
        : `must be of type ${issue.expected}`
    case 'too_small':
      return `must be at least ${issue.minimum}${issue.origin === 'number' || issue.origin === 'int' ? '' : ' long'}`
    case 'too_big':
      return `must be at most ${issue.maximum}${issue.origin === 'number' || issue.origin === 'int' ? '' : ' long'}`
    case 'invalid_value':
      return issue.message.startsWith('Invalid')
        ? `must be one of ${issue.values.map(value => JSON.stringify(value)).join(', ')}`
        : issue.message
    case 'invalid_key':
      return `has a key that ${issue.issues[0]?.message ?? 'is not allowed'}`
    case 'invalid_format':
      if (issue.format === 'url') return 'must be a whole http or https address'
      return issue.format === 'regex' && issue.message.startsWith('Invalid')
        ? `must match ${issue.pattern}`
        : issue.message
    default:
      return issue.message
  }
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}
