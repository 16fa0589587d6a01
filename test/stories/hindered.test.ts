import { expect, test } from 'vitest'
import { blueGreen } from './blue-green.ts'

test.each([
  [
    'alarm-already-ringing',
    /demo-production-errors rings since .* sluice lift demo production alarm demo-production-errors/,
  ],
  ['weights-tampered', /aws elbv2 modify-rule --rule-arn/],
  ['foreign-deployment', /another deployment is running: .*; let it end or stop it, then: sluice retry demo /],
  ['image-archived', /is ARCHIVED in ECR and cannot be pulled; restore it, then: sluice retry demo /],
  [
    'freeze',
    /production is frozen until .*: the shop is full before the new year\. .* sluice lift demo production freeze/,
  ],
])('%s: the release stops before anything has changed, and says how to go on [P8.1c]', async (name, because) => {
  const { report, misses } = await blueGreen(name)
  expect(misses).toEqual([])
  expect(report).toMatchObject({ outcome: 'failed', locks: 0, waits: 0, hooks: 0, requests: { failed: 0 } })
  expect(report.reason).toMatch(because)
  const [production] = report.stages
  expect(production?.after).toEqual(production?.before)
  expect(production?.steps.map(({ name }) => name)).not.toContain('DeployNewVersion')
})
