import { asAssumed, otherwise, type Question } from '../../question.ts'
import { attemptsOf, type Waiting } from './attempts.ts'
import { AGAIN } from './definition.ts'

export const enteredTime: Question<Waiting> = {
  name: 'entered-time',
  asks: 'does $states.context.State.EnteredTime stay the same over the retries of a state?',
  assumed: 'it does; deadlines are counted from it',
  async ask(waiting) {
    const entered = (await attemptsOf(waiting)).filter(({ state }) => state !== AGAIN).map(attempt => attempt.entered)
    const saw = entered.join(', then ')
    return entered.length === 2 && new Set(entered).size === 1 ? asAssumed(saw) : otherwise(saw)
  },
}
