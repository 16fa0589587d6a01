import { expect, test } from 'vitest'
import { HostCounts } from '../../../rehearsal/fleet/host-counts.ts'
import { Spread } from '../../../rehearsal/fleet/spread.ts'
import { KEPT_MS, MINUTE_MS } from '../../../rehearsal/fleet/traffic.ts'

test('the average number of hosts is by the time that each number held', () => {
  const hosts = new HostCounts()
  hosts.note(0, { registered: 2, healthy: 2, unhealthy: 0 })
  hosts.note(45_000, { registered: 2, healthy: 1, unhealthy: 1 })
  expect(hosts.minutes(0, 2 * MINUTE_MS)).toEqual([
    {
      at: 0,
      healthy: { minimum: 1, maximum: 2, average: 1.75 },
      unhealthy: { minimum: 0, maximum: 1, average: 0.25 },
    },
    {
      at: MINUTE_MS,
      healthy: { minimum: 1, maximum: 1, average: 1 },
      unhealthy: { minimum: 1, maximum: 1, average: 1 },
    },
  ])
})

test('minutes without a registered host are not told, and the last number holds however old it is', () => {
  const hosts = new HostCounts()
  hosts.note(0, { registered: 1, healthy: 1, unhealthy: 0 })
  expect(hosts.minutes(2 * KEPT_MS, 2 * KEPT_MS + 1)).toHaveLength(1)
  hosts.note(3 * KEPT_MS, { registered: 0, healthy: 0, unhealthy: 0 })
  expect(hosts.minutes(3 * KEPT_MS, 3 * KEPT_MS + MINUTE_MS)).toEqual([])
})

test.for([
  [50, 0.5],
  [90, 0.9],
  [99, 0.99],
  [100, 1],
] as const)('percentile %i of a thousand answers is at most a tenth too high', ([percent, exact]) => {
  const spread = new Spread()
  const rest = new Spread()
  for (let n = 1; n <= 1000; n++) (n % 2 === 0 ? spread : rest).add(n / 1000)
  spread.merge(rest)
  expect(spread.percentile(percent)).toBeGreaterThanOrEqual(exact)
  expect(spread.percentile(percent)).toBeLessThan(exact * 1.1)
  expect(spread).toMatchObject({ count: 1000, minimum: 0.001, maximum: 1 })
})

test('an answer of no time and one of an hour are counted too', () => {
  const spread = new Spread()
  spread.add(0)
  spread.add(3600)
  expect([spread.percentile(50), spread.percentile(100)]).toEqual([0.0001, 3600])
})
