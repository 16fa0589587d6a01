import type { Service, SmokeTest, Stage } from '../../domain/application.ts'
import type { StageOf } from '../../domain/identity.ts'
import { requestFor, type TestRequest } from '../../domain/test-listener.ts'
import { groupName, weightsTold } from '../../domain/wiring.ts'
import { readRevisions, readService } from '../aws/ecs.ts'
import { testListenersOf } from '../aws/test-listeners.ts'
import { type Standing, standingGreen } from '../blue-green/standing.ts'
import type { NewVersion } from '../deploying/new-version.ts'
import type { Failed } from '../failure.ts'

/** A smoke test, and the request that asks it: `on` green where the service has one that its users do not see yet. */
export interface Requested {
  test: SmokeTest
  on?: 'green'
  request: TestRequest
}

/** How each smoke test of the stage is asked now, in the order of the file. Failed: a green that is no longer there. */
export async function requestsOf(
  of: StageOf,
  version: NewVersion,
  now: number,
): Promise<{ kind: 'requests'; requests: Requested[] } | Failed> {
  const { stage, greens } = version
  const onGreen = new Map<string, (test: SmokeTest) => TestRequest>()
  for (const service of greens.flat()) {
    if (!stage.smoke.some(test => test.service === service.service)) continue
    const standing = await standingGreen(of, version, service, { pause: 'POST_TEST_TRAFFIC_SHIFT', now })
    if (standing.kind === 'failed') return standing
    onGreen.set(service.service, await wayToGreen(stage, service, standing))
  }
  const requests = stage.smoke.map((test): Requested => {
    const request = onGreen.get(test.service)?.(test)
    return request
      ? { test, on: 'green', request }
      : { test, request: { kind: 'reachable', url: test.url, headers: {} } }
  })
  return { kind: 'requests', requests }
}

/** How a test of the service is asked, by a rule that leads to green and to nobody else: blue would pass its tests, too. */
async function wayToGreen(
  { cluster }: Stage,
  { service }: Service,
  { deployment }: Standing,
): Promise<(test: SmokeTest) => TestRequest> {
  const listeners = await testListenersOf(await readService(cluster, service))
  if (listeners.length === 0) return test => requestFor(test, [])
  const [green] = deployment ? await readRevisions([deployment.revision]) : []
  const groups = green?.targetGroups ?? []
  const leading = listeners.filter(({ weights }) => {
    const reached = weights.filter(({ weight }) => weight > 0)
    return reached.length > 0 && reached.every(({ targetGroup }) => groups.includes(targetGroup))
  })
  if (leading.length > 0) return test => requestFor(test, leading)
  const weights = listeners.map(listener => weightsTold(listener.weights)).join(', and ')
  const where =
    groups.length > 0 ? `green is in ${groups.map(groupName).join(', ')}` : 'ECS does not say where green is'
  return () => ({ kind: 'unreachable', because: `the rule for tests has the weights ${weights}, and ${where}` })
}
