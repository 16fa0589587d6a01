import { idIn } from '../../domain/arn.ts'
import type { Rehearsal, RehearsalOptions } from '../../rehearsal/index.ts'

type Denial = ReturnType<Rehearsal['access']['denied']>[number]

/** Ends what goes on as soon as a role of the stack is denied something: a step that lives with it would be missed on AWS. */
export interface Denials {
  /** For the rehearsal, from its very start: AWS checks some roles when functions and machines are made. */
  tell: NonNullable<RehearsalOptions['onDenied']>
  /** Rejects with the first denial there is while the work goes on; else as the work does. */
  end<T>(work: () => Promise<T>): Promise<T>
  /** What the work failed by: the first denial, where there was one. */
  causeOf(error: unknown): unknown
}

export function createDenials(): Denials {
  const refused = Promise.withResolvers<never>()
  // A denial before the work has begun, or after it has ended, is told by `causeOf`.
  refused.promise.catch(() => {})
  let first: Error | undefined
  return {
    tell({ principal, action, resource, because }: Denial) {
      first ??= new Error(`${idIn(principal)} may not ${action} on ${resource}: AWS denies it ${because}`)
      refused.reject(first)
    },
    end: work => Promise.race([work(), refused.promise]),
    causeOf: error => first ?? error,
  }
}
