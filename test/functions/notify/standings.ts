import type { Approval } from '../../../domain/approval.ts'
import { digest } from '../../../domain/identity.ts'
import type { State } from '../../../functions/notify/standing.ts'
import { RELEASE } from '../release.ts'

export const DIGEST = digest.parse(`sha256:${'61b0'.repeat(16)}`)
const OF = { app: 'demo', release: RELEASE, attempt: 1 }

/** A question to Ana that is open; a test changes one thing of it. */
export function question(change: Partial<Approval> = {}, services = 1): Approval {
  const service = (at: number) => ({
    ...{ service: `service-${at}`, container: 'api', image: 'api', base: 't', digest: DIGEST, differences: [] },
    live: { revision: 'r', taskDefinition: 't', digest: `sha256:${'30d4'.repeat(16)}` },
  })
  const of = { ...OF, stage: 'production' }
  return {
    ...of,
    ...{ round: 1, hash: 'h', required: 1, askedAt: 0, expiresAt: 1_000, decisions: [] },
    question: { ...of, tag: 'v2', services: Array.from({ length: services }, (_, at) => service(at)) },
    approvers: [{ name: 'Ana', slack: 'U012AB3CD', link: 'l' }],
    ...change,
  }
}

/** A release of `v2` to staging and production that stands like this. */
export function standingAs(state: State) {
  const stages = [
    { name: 'staging', sign: '✓' as const },
    { name: 'production', sign: '◐' as const },
  ]
  return { of: OF, tag: 'v2', digests: { api: DIGEST }, commits: [], claims: [], state, stages, isRollback: false }
}
