import { asAssumed, notAsked, otherwise, type Question } from '../../question.ts'
import { type BlueGreen, NO_PAUSE, waitingHook } from './waiting.ts'

export const pauseShown: Question<BlueGreen> = {
  name: 'pause-shown',
  asks: 'do lifecycleStage and lifecycleHookDetails show which pause waits?',
  assumed: 'targetType PAUSE at POST_TEST_TRAFFIC_SHIFT, with an id',
  async ask({ deployment }) {
    const hook = waitingHook(deployment)
    if (!hook) return notAsked(NO_PAUSE)
    const saw = `targetType ${hook.targetType} at ${deployment.lifecycleStage}, ${hook.hookId ? 'with' : 'without'} an id`
    const isShown =
      hook.targetType === 'PAUSE' && `${deployment.lifecycleStage}` === 'POST_TEST_TRAFFIC_SHIFT' && hook.hookId
    return isShown ? asAssumed(saw) : otherwise(saw)
  },
}
