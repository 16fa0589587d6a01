import { SendTaskSuccessCommand } from '@aws-sdk/client-sfn'
import { seenWithin } from '../../patience.ts'
import { asAssumed, notAsked, otherwise, type Question } from '../../question.ts'
import { attemptsOf, type Waiting } from './attempts.ts'

export const versionsToken: Question<Waiting> = {
  name: 'versions-token',
  asks: "does SendTaskSuccess answer the token of a version's execution?",
  assumed: 'it does; the execution goes on',
  async ask(waiting) {
    const taskToken = (await attemptsOf(waiting)).at(-1)?.token
    if (!taskToken) return notAsked('the history does not show the token')
    await waiting.sfn.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }))
    const ended = await seenWithin(60_000, waiting.pause, async () => {
      const status = await waiting.status()
      return status === 'RUNNING' ? undefined : status
    })
    return ended === 'SUCCEEDED' ? asAssumed('it went on, and SUCCEEDED') : otherwise(`it is ${ended ?? 'RUNNING'}`)
  },
}
