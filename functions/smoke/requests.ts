import type { SmokeTest } from '../../domain/application.ts'
import type { TestListener, TestRequest } from '../../domain/test-listener.ts'
import { readService } from '../aws/ecs.ts'
import type { NewVersion } from '../new-version.ts'
import { requestFor, testListenersOf } from './test-listeners.ts'

/** A smoke test, and the request that asks it: `on` green where the service has one that its users do not see yet. */
export interface Requested {
  test: SmokeTest
  on?: 'green'
  request: TestRequest
}

/** How each smoke test of the stage is asked now, in the order of the file. */
export async function requestsOf({ stage, greens }: NewVersion): Promise<Requested[]> {
  const listeners = new Map<string, TestListener[]>()
  for (const { service } of greens.flat())
    if (stage.smoke.some(test => test.service === service))
      listeners.set(service, await testListenersOf(await readService(stage.cluster, service)))
  return stage.smoke.map(test => {
    const ofGreen = listeners.get(test.service)
    return ofGreen
      ? { test, on: 'green', request: requestFor(test, ofGreen) }
      : { test, request: { kind: 'reachable', url: test.url, headers: {} } }
  })
}
