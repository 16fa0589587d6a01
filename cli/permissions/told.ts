import type { Grant, Reason } from './grants.ts'

/** One rehearsal that is asked for. */
export interface Run {
  /** Application file, from the root of the project. */
  file: string
  scenario: string
  /** A role, by its ARN, and one action that is taken out of one statement of its policies. */
  forbidden?: { principal: string; action: string; statement: string }
}

export const nameOf = ({ file, scenario }: Run): string => `${file}, ${scenario}`

export interface Use {
  /** ARN of the role. */
  principal: string
  action: string
  /** The one that allowed it, by its place in the policies. */
  statement: string
  times: number
}

export interface Denial extends Omit<Use, 'statement'> {
  resource: string
  because: string
}

/** What one rehearsal tells of itself. */
export interface Told {
  seconds: number
  /** What was not as it should be; empty: all was. */
  misses: string[]
  grants: Grant[]
  reasons: Reason[]
  used: Use[]
  denied: Denial[]
}
