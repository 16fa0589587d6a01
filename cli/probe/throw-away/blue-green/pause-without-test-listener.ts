import { asAssumed, otherwise, type Question } from '../../question.ts'
import { type BlueGreen, waitingHook } from './waiting.ts'

export const pauseWithoutTestListener: Question<BlueGreen> = {
  name: 'pause-without-test-listener',
  asks: 'does a deployment wait at a POST_TEST_TRAFFIC_SHIFT pause where the service has no test listener?',
  assumed: 'it waits there',
  async ask({ deployment }) {
    const waits = waitingHook(deployment) !== undefined
    return waits ? asAssumed('it waits') : otherwise(`it did not wait, and is ${deployment.status}`)
  },
}
