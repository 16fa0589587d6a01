import { asAssumed, otherwise, type Question } from '../../question.ts'
import { attemptsOf, type Waiting } from './attempts.ts'

const RETRIED = ['States.HeartbeatTimeout', 'States.Timeout']

export const heartbeatError: Question<Waiting> = {
  name: 'heartbeat-error',
  asks: 'by which name is a missed heartbeat reported, and is it retried by that?',
  assumed: `${RETRIED.join(' or ')}; both are retried`,
  async ask(waiting) {
    const attempts = await attemptsOf(waiting)
    const caught = attempts.at(-1)?.caught ?? ''
    const timedOut = (await waiting.history()).flatMap(({ taskTimedOutEventDetails: details }) => details?.error ?? [])
    const told = [...new Set(timedOut)].join(', ') || 'none'
    const saw = `${caught || 'none'}, after ${attempts.length - 1} attempts; ${told} in the history`
    return RETRIED.includes(caught) && attempts.length === 3 ? asAssumed(saw) : otherwise(saw)
  },
}
