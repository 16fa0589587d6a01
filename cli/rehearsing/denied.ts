import type { Rehearsal } from '../../rehearsal/index.ts'

/**
 * Runs `work`, and rejects as soon as a role of the stack is denied something: a step that lives with it would leave the
 * permission to be missed on AWS.
 */
export async function undenied<T>(access: Rehearsal['access'], work: () => Promise<T>): Promise<T> {
  const refused = Promise.withResolvers<never>()
  const refuse = ({ principal, action, resource, because }: Denial) =>
    refused.reject(new Error(`${roleIn(principal)} may not ${action} on ${resource}: AWS denies it ${because}`))
  access.onDenied(refuse)
  const [earlier] = access.denied()
  if (earlier) refuse(earlier)
  return Promise.race([work(), refused.promise])
}

type Denial = ReturnType<Rehearsal['access']['denied']>[number]

/** `arn:aws:iam::…:role/Sluice-Wake…` → `Sluice-Wake…` */
export const roleIn = (arn: string): string => arn.split('/').at(-1) ?? arn
