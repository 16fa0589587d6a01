import type { Service as EcsService } from '@aws-sdk/client-ecs'
import type { TestListener } from '../../domain/test-listener.ts'
import { type Weighted, wiringsOf } from '../../domain/wiring.ts'
import { findRule, readListener } from './load-balancing.ts'

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
