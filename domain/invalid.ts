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
const LATER = new Set(['environment', 'canary', 'linear'])

/** Every mistake of a document, in the order of the document's schema; of several at one place, the first. */
export function mistakes(error: z.ZodError, document: unknown): Mistake[] {
  const all = error.issues.flatMap(issue => {
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
  return all.filter(({ path }, index) => all.findIndex(other => other.path === path) === index)
}

/** `stages.0.name: "Prod": must …`: one line for one mistake. */
export function sentence({ path, found, remedy }: Mistake): string {
  return `${path || 'the document'}: ${found}: ${remedy}`
}

/** What people call the types of a YAML file. */
const IN_WORDS: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  array: 'a list',
  object: 'a mapping of fields',
  record: 'a mapping of names to values',
  boolean: 'true or false',
}

function remedyFor(issue: z.core.$ZodIssue): string {
  // What the schema says in its own words is better than anything that is made from the issue; those begin in lower case.
  if (!/^[A-Z]/.test(issue.message)) return issue.message
  switch (issue.code) {
    case 'invalid_type': {
      const wanted = IN_WORDS[issue.expected] ?? issue.expected
      return issue.input === undefined ? `is missing; write ${wanted}` : `must be ${wanted}`
    }
    case 'too_small':
      return sized('at least', Number(issue.minimum), issue.origin)
    case 'too_big':
      return sized('at most', Number(issue.maximum), issue.origin)
    case 'invalid_value':
      return oneOf(issue.values, issue.input === undefined)
    case 'invalid_union': {
      // Of a union that a field tells apart, the issue stands at that field, and its input is the whole.
      const { options = [], input, path } = issue as z.core.$ZodIssue & { options?: unknown[]; input?: object }
      return oneOf(options, (input as Record<PropertyKey, unknown> | undefined)?.[path.at(-1) ?? ''] === undefined)
    }
    case 'invalid_key':
      return `is no name for an entry: it ${issue.issues[0]?.message ?? 'is not allowed'}`
    case 'invalid_format':
      return issue.format === 'url' ? 'must be a whole http or https address' : `must be of the form ${issue.format}`
    default:
      return 'cannot stand here; correct it or take it out'
  }
}

function oneOf(values: readonly unknown[], isMissing: boolean): string {
  const list = `one of ${values.map(value => JSON.stringify(value)).join(', ')}`
  return isMissing ? `is missing; write ${list}` : `must be ${list}`
}

function sized(limit: string, count: number, origin: string): string {
  if (origin === 'array') return `must have ${limit} ${count} ${count === 1 ? 'entry' : 'entries'}`
  return `must be ${limit} ${count}${origin === 'string' ? ' characters long' : ''}`
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}
