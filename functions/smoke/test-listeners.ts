import type { Service as EcsService } from '@aws-sdk/client-ecs'
import type { SmokeTest } from '../../domain/application.ts'
import { atTestListener, type TestListener, type TestRequest } from '../../domain/test-listener.ts'
import { findRule, readListener, type Weighted, wiringsOf } from '../aws/load-balancing.ts'

/** `weights`: where its rule leads to now. */
export type LeadingListener = TestListener & { weights: Weighted[] }

/** The rules by which tests reach a green of this service; one that is gone is left out. */
export async function testListenersOf(found: Pick<EcsService, 'loadBalancers'>): Promise<LeadingListener[]> {
  const listeners: LeadingListener[] = []
  for (const { testRule } of wiringsOf(found)) {
    const rule = testRule === undefined ? undefined : await findRule(testRule)
    if (!rule) continue
    const { listener, conditions, weights } = rule
    listeners.push({ ...(await readListener(listener)), conditions, weights })
  }
  return listeners
}

/** The request that reaches green by the first rule that it can fulfil. */
export function requestFor({ url }: SmokeTest, listeners: readonly TestListener[]): TestRequest {
  const requests = listeners.map(listener => atTestListener(url, listener))
  return (
    requests.find(({ kind }) => kind === 'reachable') ??
    requests[0] ?? { kind: 'unreachable', because: 'there is no rule for tests' }
  )
}
