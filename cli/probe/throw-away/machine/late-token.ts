import { SendTaskSuccessCommand } from '@aws-sdk/client-sfn'
import { asAssumed, notAsked, otherwise, type Question, refusalOf } from '../../question.ts'
import { attemptsOf, type Waiting } from './attempts.ts'

const VALUES = ['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken']

export const lateToken: Question<Waiting> = {
  name: 'late-token',
  asks: 'how is an answer refused that comes after its heartbeat was missed?',
  assumed: VALUES.join(', '),
  async ask(waiting) {
    const [{ token: taskToken = '' } = {}] = await attemptsOf(waiting)
    if (!taskToken) return notAsked('the history does not show the token')
    const refusal = await refusalOf(waiting.sfn.send(new SendTaskSuccessCommand({ taskToken, output: '{}' })))
    return VALUES.includes(refusal) ? asAssumed(refusal) : otherwise(refusal)
  },
}
