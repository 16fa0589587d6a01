import type { AttemptOf } from './identity.ts'
import type { Outcome } from './outcome.ts'

/** One attempt of a release. `registered`: nobody knows that it runs; an outcome: it has ended. */
export interface Attempt {
  attempt: number
  state: 'registered' | 'under-way' | Outcome
  /** Id of the request that it answers; absent: a push started it. */
  request?: string | undefined
}

/** What is known when a person wants the next attempt of a release. */
export interface RetryFacts {
  app: string
  release: string
  /** Id of the request: a repetition has the same. */
  request: string
  newest: Attempt
  earlier: readonly Attempt[]
  /** Every stage of the application, in order. */
  stages: readonly string[]
  /** Stages that refuse this set of digests. */
  quarantinedAt: readonly string[]
  /** The release that has come first since, as people call it. */
  overtakenBy?: string | undefined
}

export type RetryDecision =
  /** The next attempt, or one that was registered and that nobody knows to run. */
  | { kind: 'start'; attempt: number }
  /** This very request has started it before. */
  | { kind: 'started'; attempt: number }
  | { kind: 'refused'; because: string }

/** What a person types to start a release again, once what stopped it is mended. */
export function retryCommand({ app, release }: Pick<AttemptOf, 'app' | 'release'>): string {
  return `sluice retry ${app} ${release}`
}

/** Whether a person's request starts another attempt of a release. A request starts one at most, and one runs at a time. */
export function decideRetry(facts: RetryFacts): RetryDecision {
  const { newest, earlier, request } = facts
  const answered = [newest, ...earlier].find(one => one.request === request)
  if (answered && answered.state !== 'registered') return { kind: 'started', attempt: answered.attempt }
  const because = whyNot(facts)
  if (because !== undefined) return { kind: 'refused', because }
  return { kind: 'start', attempt: newest.state === 'registered' ? newest.attempt : newest.attempt + 1 }
}

function whyNot({ app, release, newest, earlier, stages, quarantinedAt, overtakenBy }: RetryFacts): string | undefined {
  const running = [newest, ...earlier].find(({ state }) => state === 'under-way')
  if (running) {
    const name = `${app} ${release}-${running.attempt}`
    return `attempt ${running.attempt} of it is under way; to see it: sluice watch ${name}; to end it: sluice abort ${name}`
  }
  if (quarantinedAt.length > 0) {
    const lifts = quarantinedAt.map(stage => `sluice lift ${app} ${stage} ${release}`)
    return `it is quarantined at ${quarantinedAt.join(' and ')}; when it may go there again: ${lifts.join('; ')}`
  }
  if (newest.state === 'released')
    return `it is already released, by attempt ${newest.attempt}; to have the last stage serve it again: sluice rollback ${app} ${stages.at(-1)} --to ${release}`
  if (overtakenBy !== undefined)
    return `${overtakenBy} is newer and came first, so it would end superseded; to release it after that one: push its tag again`
  return undefined
}
