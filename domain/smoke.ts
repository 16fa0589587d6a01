import type { SmokeTest } from './application.ts'
import { inWords } from './field.ts'

/** What one HTTP check saw. `tookMs` is to the whole answer. */
export type Answer = { kind: 'answered'; status: number; tookMs: number } | { kind: 'no-answer'; error: string }

export type SmokeVerdict = { kind: 'passed'; tookMs: number } | { kind: 'failed'; because: string }

export function judgeAnswer(test: SmokeTest, answer: Answer): SmokeVerdict {
  if (answer.kind === 'no-answer') return { kind: 'failed', because: `GET ${test.url} got no answer: ${answer.error}` }
  if (answer.status !== test.status)
    return { kind: 'failed', because: `GET ${test.url} answered ${answer.status}, not ${test.status}` }
  if (answer.tookMs > test.within)
    return {
      kind: 'failed',
      because: `GET ${test.url} took ${Math.round(answer.tookMs)} ms, more than ${inWords(test.within)}`,
    }
  return { kind: 'passed', tookMs: answer.tookMs }
}
