import { expect, test } from 'vitest'
import { checkedRelease } from './release.ts'
import { enter } from './waiting.ts'
import { createWorld } from './world.ts'

async function aDeployment(change?: Parameters<typeof createWorld>[0]) {
  const world = await createWorld(change)
  const release = await checkedRelease(world)
  const { handler } = await import('../../functions/deploy-new-version.ts')
  const entry = await enter(world, handler, release.held)
  return { world, release, handler, ...entry }
}

test('registers one revision with the planned digest, deploys it, and is done when ECS calls it successful', async () => {
  const t = performance.now()
  const { world, release, begin } = await aDeployment()
  console.error(performance.now() - t)
  expect(await begin()).toEqual({ kind: 'waits' })
  const revision = await release.revision()
  expect((await world.describe()).taskDefinition).toBe(revision)
  await world.settled()
  expect(await begin()).toEqual({ kind: 'done', output: { services: 1 } })
  process.stderr.write(`${performance.now() - t}\n`)
})
