import type { Service as EcsService } from '@aws-sdk/client-ecs'
import type { Service, Stage } from '../../domain/application.ts'
import { requestFor, testListenersOf } from '../smoke/test-listeners.ts'
import { givesTestRule } from './snippets.ts'

/** Why its smoke tests could not reach a green before its users do; undefined where they can, or where it has none. */
export async function whyUntestable(
  { smoke }: Stage,
  { service, strategy }: Service,
  found: EcsService,
): Promise<string | undefined> {
  const tests = smoke.filter(test => test.service === service)
  if (strategy !== 'blue-green' || tests.length === 0) return undefined
  const listeners = await testListenersOf(found)
  if (listeners.length === 0)
    return `it has smoke tests and no rule by which they reach the new version before its users; give it one, or take them out: ${givesTestRule(found)}`
  for (const test of tests) {
    const request = requestFor(test, listeners)
    if (request.kind === 'unreachable')
      return `smoke test ${test.url} cannot come by the rule for tests: ${request.because}; correct the test's url or the rule`
  }
  return undefined
}
