import type { SmokeTest } from './application.ts'
import { inWords } from './field.ts'

/** What one HTTP check saw. `tookMs` is to the whole answer. */
export type Answer = { kind: 'answered'; status: number; tookMs: number } | { kind: 'no-answer'; error: string }

export type SmokeVerdict = { kind: 'passed'; tookMs: number } | { kind: 'failed'; because: string }

/** `on`: which of two versions was asked, where there are two. */
export function judgeAnswer(test: SmokeTest, answer: Answer, on?: 'green'): SmokeVerdict {
  const asked = `GET ${test.url}${on ? ` on ${on}` : ''}`
  if (answer.kind === 'no-answer') return { kind: 'failed', because: `${asked} got no answer: ${answer.error}` }
  if (answer.status !== test.status)
    return { kind: 'failed', because: `${asked} answered ${answer.status}, not ${test.status}` }
  if (answer.tookMs > test.within)
    return {
      kind: 'failed',
      because: `${asked} took ${Math.round(answer.tookMs)} ms, more than ${inWords(test.within)}`,
    }
  return { kind: 'passed', tookMs: answer.tookMs }
}
