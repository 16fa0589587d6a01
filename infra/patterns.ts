import type { IConstruct } from 'constructs'
import { sizeOf } from './size.ts'

/** Characters that EventBridge takes in the pattern of one rule. */
const LONGEST = 2_048

/**
 * The pattern for all of these values, or as many as it takes for EventBridge to take each. Where prefixes are in two of them
 * an event may be heard by both, which costs its listener a call in vain.
 */
export function patternsFor(scope: IConstruct, values: string[], patternOf: (values: string[]) => object): object[] {
  if (values.length === 0) return []
  const pattern = patternOf(values)
  const size = sizeOf(scope, pattern)
  if (size <= LONGEST) return [pattern]
  if (values.length === 1)
    throw new Error(`an event pattern for ${values[0]} has ${size} characters, and EventBridge takes ${LONGEST}`)
  const half = Math.ceil(values.length / 2)
  return [values.slice(0, half), values.slice(half)].flatMap(some => patternsFor(scope, some, patternOf))
}
