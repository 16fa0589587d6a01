import { expect, test } from 'vitest'
import { digest } from '../../domain/identity.ts'
import type { Plan } from '../../domain/plan.ts'
import { LARGEST_PLAN, planSizeOf } from '../../domain/plan-size.ts'
import { loadRecords, RELEASE } from './release.ts'
import { createWorld } from './world.ts'

const someDigest = (n: number) => digest.parse(`sha256:${n.toString(16).padStart(64, '0')}`)

test('the largest application that is taken has plans that the ledger keeps, with images of ten platforms', async () => {
  const smoke = (characters: number) =>
    Array.from({ length: 20 }, () => ({ service: 'demo-api', url: 'https://demo.example/'.padEnd(characters, 'é') }))
  const { application } = await createWorld(file => {
    for (const stage of file.stages) stage.smoke = smoke(9_850)
  })
  expect(planSizeOf(application)).toBeLessThanOrEqual(LARGEST_PLAN)
  expect(planSizeOf(application)).toBeGreaterThan(0.98 * LARGEST_PLAN)

  const records = await loadRecords()
  const { app, images: repositories, stages, notify } = application
  const planned = Object.entries(repositories).map(([name, repository]) => {
    const uri = `111122223333.dkr.ecr.eu-west-1.amazonaws.com/${repository}`
    const platforms = Array.from({ length: 10 }, (_, n) => someDigest(n))
    return [name, { name, repository, uri, digest: someDigest(99), platforms, revision: 'f'.repeat(40) }]
  })
  const of = { app, release: RELEASE, attempt: 1 }
  const images = Object.fromEntries(planned)
  const plan: Plan = { ...of, tag: 'v2', digests: {}, order: 1, queue: 'supersede', images, stages, notify }
  expect((await records.recordPlan(plan)).stages).toEqual(stages)
})
