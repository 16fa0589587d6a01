import { asAssumed, otherwise, type Question } from '../../question.ts'
import type { Waiting } from './attempts.ts'

const RETRIED = ['States.HeartbeatTimeout', 'States.Timeout']

export const heartbeatError: Question<Waiting> = {
  name: 'heartbeat-error',
  asks: 'by which name is a missed heartbeat reported?',
  assumed: `${RETRIED.join(' or ')}; both are retried`,
  async ask({ history }) {
    const events = await history()
    const names = new Set(events.flatMap(({ taskTimedOutEventDetails: details }) => details?.error ?? []))
    const missed = events.filter(({ type }) => type === 'TaskTimedOut').length
    const saw = `${[...names].join(', ') || 'no name'}, ${missed} times`
    return missed === 2 && [...names].every(name => RETRIED.includes(name)) ? asAssumed(saw) : otherwise(saw)
  },
}
