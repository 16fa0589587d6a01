import { describe, expect, test } from 'vitest'
import { withoutCircuitBreaker } from '../functions/way-back.ts'
import { REASON, startMachines } from './machines.ts'

const BACK = { status: 'SUCCEEDED', output: { outcome: 'rolled-back', reason: REASON } }

describe('a person takes a free stage back', () => {
  test('to what it served before its last release, which it refuses from then on [P6.3a, P6.4a]', async () => {
    const { release, rollBack, serves, records } = await startMachines()
    const v2 = await release('v2')
    expect(await serves()).toBe('v2')
    expect(await rollBack()).toMatchObject(BACK)
    expect(await serves()).toBe('v1')
    expect(await records.quarantined('demo', 'production')).toMatchObject([
      { release: v2.release, tag: 'v2', reason: REASON },
    ])
    expect(await release('v2', 2)).toMatchObject({
      status: 'FAILED',
      cause: expect.stringContaining(`sluice lift demo production ${v2.release}`),
    })
    expect(await serves()).toBe('v1')
  })

  test('and one release further, the second time', async () => {
    const { release, rollBack, serves, records } = await startMachines()
    for (const tag of ['v2', 'v3']) await release(tag)
    await rollBack()
    expect(await serves()).toBe('v2')
    expect(await rollBack()).toMatchObject(BACK)
    expect(await serves()).toBe('v1')
    expect((await records.readHistory('demo', 'production')).map(({ kind, tag }) => [kind, tag])).toEqual([
      ...[
        ['released', 'v2'],
        ['released', 'v3'],
      ],
      ...[
        ['taken-back', 'v3'],
        ['taken-back', 'v2'],
      ],
    ])
  })

  test('to a release that they name, and back to what it served until then [P6.3b]', async () => {
    const { release, rollBack, serves, records } = await startMachines()
    const [v2, v3] = [await release('v2'), await release('v3')]
    await release('v4')
    expect(await rollBack({ to: 'v2' })).toMatchObject(BACK)
    expect(await serves()).toBe('v2')
    expect((await records.readHistory('demo', 'production')).at(-1)).toMatchObject({
      ...{ kind: 'restored', release: v2.release, tag: 'v2' },
    })
    expect(await rollBack({ to: v3.release })).toMatchObject(BACK)
    expect(await serves()).toBe('v3')
  })

  test('to a release that they name, and the next time to what was served before that one', async () => {
    const { release, rollBack, serves, records } = await startMachines()
    for (const tag of ['v2', 'v3', 'v4']) await release(tag)
    await rollBack({ to: 'v3' })
    expect(await rollBack()).toMatchObject(BACK)
    expect(await serves()).toBe('v2')
    expect((await records.quarantined('demo', 'production')).map(({ tag }) => tag).toSorted()).toEqual(['v3', 'v4'])
  })

  test('to the release that it serves by its history, where somebody has deployed another by hand', async () => {
    const { release, rollBack, serves, records, world } = await startMachines()
    const { taskDefinition: first } = await world.describe()
    await release('v2')
    await world.update({ taskDefinition: first })
    await world.settled()
    expect(await serves()).toBe('v1')
    expect(await rollBack({ to: 'v2' })).toMatchObject(BACK)
    expect(await serves()).toBe('v2')
    expect(await records.quarantined('demo', 'production')).toEqual([])
  })

  test('and each way back of a release leads to what was before that attempt of it', async () => {
    const { release, rollBack, serves, records, world } = await startMachines()
    const { release: id } = await release('v2')
    await rollBack()
    await release('v3')
    await world.pass(86_400_000)
    await records.liftQuarantine('demo', 'production', id)
    await release('v2', 2)
    expect(await serves()).toBe('v2')
    expect(await rollBack()).toMatchObject(BACK)
    expect(await serves()).toBe('v3')
  })

  test('though somebody has changed the service since', async () => {
    const { release, rollBack, serves, world } = await startMachines()
    await release('v2')
    const { taskDefinition = '' } = await world.describe()
    const { taskDefinition: of } = await world.definition(taskDefinition)
    await world.update({
      taskDefinition: await world.register({ containerDefinitions: of?.containerDefinitions, memory: '1024' }),
    })
    await world.settled()
    expect(await rollBack()).toMatchObject(BACK)
    expect(await serves()).toBe('v1')
  })

  test('by a copy, where the definition that it served has been deregistered [P6.2b]', async () => {
    const { release, rollBack, serves, world } = await startMachines()
    await release('v2')
    const { taskDefinition = '' } = await world.describe()
    await release('v3')
    await world.ask(world.services.ecs, 'DeregisterTaskDefinition', { taskDefinition })
    expect(await rollBack()).toMatchObject(BACK)
    expect(await serves()).toBe('v2')
    const copy = (await world.describe()).taskDefinition
    expect(copy).not.toBe(taskDefinition)
    expect((await world.revisions())[0]).toBe(copy)
  })

  test('by a new copy, where the first one has been deregistered, too', async () => {
    const { release, rollBack, serves, world } = await startMachines()
    const deregister = async () => {
      const { taskDefinition } = await world.describe()
      return () => world.ask(world.services.ecs, 'DeregisterTaskDefinition', { taskDefinition })
    }
    await release('v2')
    const original = await deregister()
    await release('v3')
    await original()
    await rollBack({ to: 'v2' })
    const copy = await deregister()
    await release('v4')
    await copy()
    expect(await rollBack({ to: 'v2' })).toMatchObject(BACK)
    expect(await serves()).toBe('v2')
  })

  test('and what the users change of the definition meanwhile goes out with the next release, though a copy is newer', async () => {
    const { release, rollBack, world, records } = await startMachines()
    await release('v2')
    const changed = await world.register({ memory: '1024' })
    await rollBack()
    const { taskDefinition: copy = '' } = await world.describe()
    const { tags } = await world.definition(copy)
    expect(copy).not.toBe(changed)
    expect(tags).toEqual(
      expect.arrayContaining([
        { key: 'sluice:stage', value: 'production' },
        { key: 'sluice:service', value: 'demo-api' },
        { key: 'sluice:copy', value: 'demo-api:1' },
      ]),
    )
    const v3 = await release('v3')
    const before = await records.readBefore({ ...v3, stage: 'production' })
    expect(before?.services['demo-api']?.base).toBe(changed)
  })

  test('that had gone back already, and learns that there was nothing to do; the next time it goes further [P6.5a]', async () => {
    const { release, rollBack, serves, records, world } = await startMachines()
    for (const tag of ['v2', 'v3']) await release(tag)
    const [, entry] = await records.readHistory('demo', 'production')
    const before = entry?.kind === 'released' ? entry.before : {}
    await world.update({ taskDefinition: before['demo-api']?.taskDefinition })
    await world.settled()
    const deployed = (await world.deployments()).length
    expect(await rollBack()).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'failed' } })
    expect(await world.deployments()).toHaveLength(deployed)
    expect(await records.quarantined('demo', 'production')).toEqual([])
    expect(await rollBack()).toMatchObject(BACK)
    expect(await serves()).toBe('v1')
  })
})

describe('a stage that could not be proven', () => {
  /** ECS cannot pull what served before, so that the release cannot be taken back. */
  async function blocked() {
    const made = await startMachines()
    const { world, release } = made
    await release('v2')
    const { pull } = world.services.ecr
    const [{ taskDefinition = '' }] = [await world.describe()]
    const { taskDefinition: of } = await world.definition(taskDefinition)
    const gone = of?.containerDefinitions?.[0]?.image ?? ''
    const out = () => {
      world.services.ecr.pull = image => {
        if (image === gone) throw new Error('CannotPullContainerError: the registry is out')
        return pull(image)
      }
    }
    made.calling('release/RunSmokeTests', () => {
      out()
      throw new Error('the tests could not run')
    })
    const v3 = await release('v3')
    const mend = () => {
      world.services.ecr.pull = pull
    }
    return { ...made, v3, out, mend }
  }

  test('is closed to releases, and a person’s rollback opens it [P4.5b, P4.5c]', async () => {
    const { release, rollBack, serves, records, mend, v3 } = await blocked()
    expect(v3).toMatchObject({ status: 'FAILED', error: 'rollback-failed' })
    expect(await release('v4')).toMatchObject({
      status: 'FAILED',
      error: 'failed',
      cause: expect.stringContaining('sluice unlock demo production'),
    })
    mend()
    expect(await rollBack()).toMatchObject(BACK)
    expect(await serves()).toBe('v2')
    expect(await records.readLock('demo', 'production')).not.toHaveProperty('blocked')
    expect((await records.quarantined('demo', 'production')).map(({ tag }) => tag)).toEqual(['v3'])
    expect(await release('v4', 2)).toMatchObject({ status: 'SUCCEEDED' })
  })

  test('is closed again where that fails too, and can be tried again at once [P4.5a, P6.5a]', async () => {
    const { rollBack, serves, records, mend } = await blocked()
    expect(await rollBack()).toMatchObject({
      status: 'FAILED',
      error: 'rollback-failed',
      cause: expect.stringContaining(`${REASON}. It could not be proven that production serves what it served before`),
    })
    expect(await records.readLock('demo', 'production')).toMatchObject({
      blocked: { reason: expect.stringContaining(REASON) },
    })
    expect(await records.quarantined('demo', 'production')).toEqual([])
    mend()
    expect(await rollBack()).toMatchObject(BACK)
    expect(await serves()).toBe('v2')
  })

  test('is opened though what the release deploys there has not ended', async () => {
    const { release, push, calling, ended, rollBack, serves, world } = await startMachines()
    await release('v2')
    await withoutCircuitBreaker(world)
    const { ecr } = world.services
    const { pull } = ecr
    ecr.pull = () => {
      throw new Error('CannotPullContainerError: the registry is out')
    }
    const out = () => {
      throw new Error('the function has no memory left')
    }
    calling('release/DeployNewVersion', () => calling('release/DeployNewVersion', out))
    calling('rollback/StopDeployments', out)
    expect(await ended((await push('v3')).arn)).toMatchObject({ error: 'rollback-failed' })
    const [open] = await world.deployments()
    expect(open?.status).toBe('IN_PROGRESS')
    ecr.pull = pull
    expect(await rollBack()).toMatchObject(BACK)
    expect(await serves()).toBe('v2')
  })
})
