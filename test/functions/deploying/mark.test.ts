import type { DescribeServicesResponse } from '@aws-sdk/client-ecs'
import { expect, test } from 'vitest'
import { READY, refusal, underLock } from '../preconditions/under-lock.ts'
import { checkedRelease } from '../release.ts'
import { enter } from '../waiting.ts'
import { createWorld, type World } from '../world.ts'

const TEAM = { key: 'team', value: 'shop' }
const OURS = { key: 'sluice:installation', value: 'Sluice' }
const THEIRS = { ...OURS, value: 'Payments' }

const tagsOf = async ({ ask, services }: World, service = 'demo-api') => {
  const asked = { cluster: 'demo', services: [service], include: ['TAGS'] }
  return (await ask<DescribeServicesResponse>(services.ecs, 'DescribeServices', asked)).services?.[0]?.tags
}
const tag = async (world: World, ...tags: object[]) => {
  const { serviceArn: resourceArn } = await world.describe()
  await world.ask(world.services.ecs, 'TagResource', { resourceArn, tags })
}
const toDeploy = async (file?: Parameters<typeof createWorld>[0]) => {
  const world = await createWorld(file)
  const release = await checkedRelease(world)
  const { handler } = await import('../../../functions/deploy-new-version.ts')
  return { world, ...(await enter(world, handler, release.held)) }
}

test('a service says from its first deployment on which installation releases it, beside what its owners say', async () => {
  const { world, begin } = await toDeploy()
  await tag(world, TEAM)
  await begin()
  expect(await tagsOf(world)).toEqual([TEAM, OURS])
})

test('that is said once: a service that says so already is not tagged again', async () => {
  const { world, begin } = await toDeploy()
  await tag(world, OURS)
  let asked = 0
  const { TagResource: tagResource } = world.services.ecs.operations
  world.services.ecs.operations.TagResource = (input, caller) => {
    asked++
    return tagResource?.(input, caller) ?? {}
  }
  expect(await begin()).toEqual({ kind: 'waits' })
  expect(asked).toBe(0)
})

test('a service that another installation has taken since it was looked at is left alone, and so are the others', async () => {
  const { world, begin } = await toDeploy(file => {
    file.stages[0]?.services.unshift({ service: 'demo-admin', container: 'admin', image: 'api', strategy: 'rolling' })
  })
  await tag(world, THEIRS)
  expect(await begin()).toMatchObject({
    error: 'PreconditionFailed',
    because: expect.stringContaining('production demo-api: its tag sluice:installation says that stack Payments'),
  })
  expect(await world.deployments('demo-admin')).toHaveLength(1)
})

test('a release is refused before anything of the stage changes, where another installation releases a service of it', async () => {
  const { world, read, checks } = await underLock({ before: world => tag(world, THEIRS) })
  const { serviceArn } = await world.describe()
  await expect(checks()).rejects.toMatchObject(
    refusal(
      'production demo-api: its tag sluice:installation says that stack Payments releases it, and this is stack Sluice; ' +
        'take it out of the application file of one of them; when Payments is gone, or releases it no more: ' +
        `aws ecs untag-resource --resource-arn ${serviceArn} --tag-keys sluice:installation`,
    ),
  )
  expect(await read()).toBeUndefined()
})

test('a release is taken by a service that says it is released here', async () => {
  const { checks } = await underLock({ before: world => tag(world, OURS) })
  expect(await checks()).toEqual(READY)
})
