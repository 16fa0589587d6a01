import { asAssumed, notAsked, otherwise, type Question } from '../../question.ts'
import { type BlueGreen, NO_PAUSE, waitingHook } from './waiting.ts'

export const weightBeforeShift: Question<BlueGreen> = {
  name: 'weight-before-shift',
  asks: 'what is requestedProductionTrafficWeight of green before the shift?',
  assumed: '0',
  async ask({ deployment }) {
    if (!waitingHook(deployment)) return notAsked(NO_PAUSE)
    const weight = deployment.targetServiceRevision?.requestedProductionTrafficWeight
    return weight === 0 ? asAssumed('0') : otherwise(String(weight))
  },
}
