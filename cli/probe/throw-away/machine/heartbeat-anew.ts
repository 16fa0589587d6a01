import { asAssumed, otherwise, type Question } from '../../question.ts'
import { attemptsOf, type Waiting } from './attempts.ts'
import { AGAIN, FIRST_HEARTBEAT, NEXT_HEARTBEAT } from './definition.ts'

export const heartbeatAnew: Question<Waiting> = {
  name: 'heartbeat-anew',
  asks: 'is HeartbeatSeconds evaluated again for each retry of a state?',
  assumed: `${FIRST_HEARTBEAT} s, then ${NEXT_HEARTBEAT} s`,
  async ask(waiting) {
    const beats = (await attemptsOf(waiting)).filter(({ state }) => state !== AGAIN).map(({ heartbeat }) => heartbeat)
    const saw = beats.map(seconds => `${seconds} s`).join(', then ')
    return beats[0] === FIRST_HEARTBEAT && beats[1] === NEXT_HEARTBEAT ? asAssumed(saw) : otherwise(saw)
  },
}
