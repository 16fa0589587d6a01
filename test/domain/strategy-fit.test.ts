import { expect, test } from 'vitest'
import { whyOtherStrategy } from '../../domain/strategy-fit.ts'
import type { DescribedService } from '../../domain/wiring.ts'

const advancedConfiguration = { alternateTargetGroupArn: 'green', productionListenerRule: 'rule' }
const wired = { targetGroupArn: 'blue', advancedConfiguration }
const inEcs = (strategy: string, more: object = {}): DescribedService => ({
  ...{ clusterArn: 'cluster/shop', serviceName: 'api', loadBalancers: [wired] },
  ...{ deploymentConfiguration: { strategy }, ...more },
})

test.each<[string, 'rolling' | 'blue-green', DescribedService]>([
  ['blue-green, as the file says', 'blue-green', inEcs('BLUE_GREEN')],
  ['still rolling, and wired for its first shift', 'blue-green', inEcs('ROLLING')],
  ['rolling, as the file says', 'rolling', inEcs('ROLLING', { loadBalancers: [] })],
  ['of no strategy, which is rolling', 'rolling', { serviceName: 'api' }],
  ['of the controller ECS', 'rolling', inEcs('ROLLING', { deploymentController: { type: 'ECS' } })],
])('a service that is %s fits', (_, strategy, found) => {
  expect(whyOtherStrategy({ strategy }, found)).toBeUndefined()
})

test.each<[string, 'rolling' | 'blue-green', DescribedService]>([
  [
    'its deployment controller is EXTERNAL',
    'rolling',
    inEcs('ROLLING', { deploymentController: { type: 'EXTERNAL' } }),
  ],
  ['its strategy in ECS is CANARY, which Sluice does not drive yet', 'blue-green', inEcs('CANARY')],
  ['its strategy in ECS is BLUE_GREEN, and the application file says rolling', 'rolling', inEcs('BLUE_GREEN')],
  [
    'the application file says blue-green, and it has no load balancer whose traffic could be shifted',
    'blue-green',
    inEcs('ROLLING', { loadBalancers: [] }),
  ],
  [
    'the application file says blue-green, and its load balancer has no second target group and no rule to shift',
    'blue-green',
    inEcs('ROLLING', { loadBalancers: [wired, { targetGroupArn: 'other' }] }),
  ],
])('a service of which %s does not', (found, strategy, service) => {
  expect(whyOtherStrategy({ strategy }, service)?.found).toBe(found)
})

test('what gives a service its wiring leaves what it has', () => {
  const half = { targetGroupArn: 'blue', advancedConfiguration: { roleArn: 'ours' } }
  const { command = '' } =
    whyOtherStrategy({ strategy: 'blue-green' }, inEcs('ROLLING', { loadBalancers: [half] })) ?? {}
  expect(command).toMatch(/^aws ecs update-service --cluster shop --service api --load-balancers '/)
  expect(command).toContain('"roleArn":"ours"')
  expect(command).toContain('"productionListenerRule":"<ARN of the listener rule that users come by>"')
})
