import { describe, expect, test } from 'vitest'
import { type Machines, REASON, STAGE, startMachines } from './machines.ts'

const BACK = { status: 'SUCCEEDED', output: { outcome: 'rolled-back', reason: REASON } }

/** What is announced of stages, by its name. */
function announcements({ world: { services } }: Machines): string[] {
  const heard: string[] = []
  services.events.putRule({ name: 'hears', pattern: { source: ['sluice'] }, targets: [] })
  services.events.faults = event => {
    heard.push(String(event['detail-type']))
    return 'drop'
  }
  return heard
}

/** A rollback that waits is woken, as an event would. */
async function wake({ world, records }: Machines, rollback: string): Promise<void> {
  const { handler } = await import('../../functions/take-lease.ts')
  const [check] = (await records.waitersFor('stage/demo/production')).filter(({ execution }) => execution === rollback)
  await world.invoke(handler, { check })
}

describe('a release that holds the stage', () => {
  test.each(['CheckPreconditions', 'DeployNewVersion', 'RunSmokeTests', 'VerifyDeployment'])(
    'gives it back in %s, and changes nothing there afterwards [P4.1b]',
    async step => {
      const machines = await startMachines()
      const { push, request, ended, calling, serves, states } = machines
      let asked = ''
      calling(`release/${step}`, async () => {
        asked = await request()
      })
      const { arn } = await push('v2')
      const release = await ended(arn)
      const isChanged = step !== 'CheckPreconditions' && step !== 'DeployNewVersion'
      const outcome = isChanged ? 'rolled-back' : 'failed'
      expect(release).toMatchObject({
        ...{ status: 'FAILED', error: outcome },
        cause: `a rollback of production was asked for: ${REASON}`,
      })
      const afterwards = await states(arn)
      expect(afterwards.slice(afterwards.lastIndexOf(step) + 1)).toEqual([
        ...['RollBackStage', 'IsRolledBack', isChanged ? 'StageRolledBack' : 'StageFailed'],
        ...['CloseRelease', 'HowItEnded', isChanged ? 'RolledBack' : 'Failed'],
      ])
      expect(await serves()).toBe('v1')
      const other = isChanged
        ? {
            output: {
              outcome,
              reason: expect.stringMatching(/^rollback demo-\w+-1-production-1 was under way already: /),
            },
          }
        : { error: 'refused', cause: expect.stringContaining('no release has changed this stage yet') }
      expect(await ended(asked)).toMatchObject(other)
      expect((await states(asked)).filter(name => name === 'StopDeployments')).toEqual([])
    },
  )

  test('and has changed nothing yet leaves the rollback to go on with what the stage serves', async () => {
    const { release, push, request, calling, ended, serves } = await startMachines()
    await release('v2')
    let asked = ''
    calling('release/CheckPreconditions', async () => {
      asked = await request()
    })
    expect(await ended((await push('v3')).arn)).toMatchObject({ error: 'failed' })
    expect(await ended(asked)).toMatchObject(BACK)
    expect(await serves()).toBe('v1')
  })

  test('hears the request once, which stands before it is announced [P4.2a]', async () => {
    const machines = await startMachines()
    const heard = announcements(machines)
    const { push, request, reaches, records, world } = machines
    const { operations } = world.services.events
    const { PutEvents: announce } = operations
    const stood: boolean[] = []
    operations.PutEvents = async (input, caller) => {
      if (JSON.stringify(input).includes('Rollback Requested'))
        stood.push((await records.readLock('demo', 'production')).rollbackRequested !== undefined)
      return announce?.(input, caller) ?? {}
    }
    await push('v2')
    await reaches('release/DeployNewVersion')
    const asked = await request()
    for (let woken = 0; woken < 3; woken++) await wake(machines, asked)
    await machines.ended(asked)
    expect(heard.filter(name => name === 'Rollback Requested')).toHaveLength(1)
    expect(stood).toEqual([true])
  })

  test('and is released before it sees the request: the rollback goes before whoever waits there', async () => {
    const machines = await startMachines()
    const { push, request, ended, calling, serves, reaches, records } = machines
    let asked = ''
    calling('release/CloseStage', async () => {
      asked = await request()
    })
    const v2 = await push('v2')
    await reaches('release/DeployNewVersion')
    const v3 = await push('v3')
    expect(await ended(v2.arn)).toMatchObject({ status: 'SUCCEEDED' })
    expect(await ended(asked)).toMatchObject(BACK)
    expect(await ended(v3.arn)).toMatchObject({ status: 'SUCCEEDED' })
    expect(await serves()).toBe('v3')
    expect((await records.readHistory('demo', 'production')).map(({ kind, tag }) => `${kind} ${tag}`)).toEqual([
      ...['released v2', 'taken-back v2', 'released v3'],
    ])
  })

  test('and is asked in vain leaves nobody waiting for a rollback that cannot be', async () => {
    const machines = await startMachines()
    const { calling, push, request, ended, world, records } = machines
    let asked = ''
    calling('release/CloseStage', async () => {
      asked = await request()
      await world.update({ taskDefinition: await world.register() })
    })
    const v2 = await push('v2')
    expect(await ended(v2.arn)).toMatchObject({ status: 'SUCCEEDED' })
    expect(await records.readLock('demo', 'production')).toHaveProperty('rollbackRequested')
    await wake(machines, asked)
    expect(await ended(asked)).toMatchObject({ status: 'FAILED', error: 'refused' })
    expect(await records.readLock('demo', 'production')).not.toHaveProperty('rollbackRequested')
  })

  test('goes back to what a person names, where that is what it served before the release', async () => {
    const { release, push, ask, ended, reaches, serves } = await startMachines()
    await release('v2')
    await push('v3')
    await reaches('release/DeployNewVersion')
    const asked = await ask({ ...STAGE, reason: REASON, to: 'v2' })
    expect(await ended(asked)).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'rolled-back' } })
    expect(await serves()).toBe('v2')
  })

  test('goes back further where a person names something older', async () => {
    const { release, push, ask, ended, reaches, serves } = await startMachines()
    for (const tag of ['v2', 'v3']) await release(tag)
    await push('v4')
    await reaches('release/DeployNewVersion')
    const asked = await ask({ ...STAGE, reason: REASON, to: 'v2' })
    expect(await ended(asked)).toMatchObject(BACK)
    expect(await serves()).toBe('v2')
  })
})

test('a rollback that is under way is waited for, and its end reported [P6.5b, P6.5c]', async () => {
  const { release, ask, ended, reaches, rollBack, serves, world, records } = await startMachines()
  for (const tag of ['v2', 'v3']) await release(tag)
  const first = await ask({ ...STAGE, reason: REASON })
  await reaches('RestorePrevious')
  const second = await rollBack({ reason: 'me too' })
  const name = first.slice(first.lastIndexOf(':') + 1)
  expect(second).toMatchObject({
    status: 'SUCCEEDED',
    output: { outcome: 'rolled-back', reason: `rollback ${name} was under way already: ${REASON}` },
  })
  expect(await ended(first)).toMatchObject(BACK)
  expect(await serves()).toBe('v2')
  expect((await records.rollbacksOf('demo', 'production')).map(each => each.name)).toEqual([name])
  expect(world.told().filter(({ transition }) => transition.kind === 'rollback-ended')).toHaveLength(1)
})

test('a rollback that is asked for while another one is being closed takes nothing more back', async () => {
  const { release, ask, calling, ended, serves, records } = await startMachines()
  for (const tag of ['v2', 'v3']) await release(tag)
  let second = ''
  calling('rollback/CloseStage', async () => {
    second = await ask({ ...STAGE, reason: 'me too' })
  })
  const first = await ask({ ...STAGE, reason: REASON })
  expect(await ended(first)).toMatchObject(BACK)
  expect(await ended(second)).toMatchObject({ output: { reason: expect.stringContaining('was under way already') } })
  expect(await serves()).toBe('v2')
  expect(await records.rollbacksOf('demo', 'production')).toHaveLength(1)
})

test('of two who ask at once, one takes the stage back and the other learns how that ended [P6.5c]', async () => {
  const { release, ask, ended, serves, records } = await startMachines()
  for (const tag of ['v2', 'v3']) await release(tag)
  const asked = await Promise.all(['one', 'two'].map(reason => ask({ ...STAGE, reason })))
  const ends = [await ended(asked[0] ?? ''), await ended(asked[1] ?? '')]
  expect(ends.map(({ output }) => output.outcome)).toEqual(['rolled-back', 'rolled-back'])
  expect(ends.filter(({ output }) => output.reason?.includes('was under way already'))).toHaveLength(1)
  expect(await serves()).toBe('v2')
  expect(await records.rollbacksOf('demo', 'production')).toHaveLength(1)
})

test('of two who ask at once for different things, each gets what he asked for, one after the other', async () => {
  const { release, ask, ended, serves, records } = await startMachines()
  for (const tag of ['v2', 'v3', 'v4']) await release(tag)
  const asked = await Promise.all(['v2', 'v3'].map(to => ask({ ...STAGE, reason: REASON, to })))
  for (const arn of asked) expect(await ended(arn)).toMatchObject(BACK)
  expect(['v2', 'v3']).toContain(await serves())
  expect((await records.readHistory('demo', 'production')).slice(-2).map(({ kind }) => kind)).toEqual([
    ...['restored', 'restored'],
  ])
})

describe('a release whose execution is gone while it holds the stage', () => {
  async function left() {
    const machines = await startMachines()
    const { release, push, calling, world } = machines
    await release('v2')
    let stopped = false
    calling('release/RunSmokeTests', async () => {
      await world.ask(world.services.states, 'StopExecution', { executionArn: v3.arn })
      stopped = true
    })
    const v3 = await push('v3')
    await world.until('it is stopped', () => stopped)
    return { ...machines, v3 }
  }

  test('is taken back by a person, and has an end', async () => {
    const { rollBack, serves, records, world, v3 } = await left()
    expect(await rollBack()).toMatchObject(BACK)
    expect(await serves()).toBe('v2')
    expect(await records.readEnd(v3)).toMatchObject({ outcome: 'rolled-back', reason: REASON, stage: 'production' })
    expect(
      world
        .told()
        .filter(({ about }) => about.tag === 'v3')
        .map(({ transition }) => transition.kind),
    ).toEqual([...['release-started', 'stage-started', 'rolling-back', 'release-ended']])
  })

  test('is taken back before anything older can be asked for', async () => {
    const { rollBack, serves, v3 } = await left()
    expect(await rollBack({ to: 'v2' })).toMatchObject({
      ...{ status: 'FAILED', error: 'refused' },
      cause: `production of demo: release ${v3.release} (v3) was left there half way; take that back first, without "to"; nothing was changed`,
    })
    expect(await serves()).toBe('v3')
  })

  test('and had been released there is taken back like any other', async () => {
    const { release, push, rollBack, serves, calling, world, records } = await startMachines()
    await release('v2')
    let v3 = ''
    calling('release/CloseRelease', () => world.ask(world.services.states, 'StopExecution', { executionArn: v3 }))
    v3 = (await push('v3')).arn
    await world.until('it is released', async () => (await records.readHistory('demo', 'production')).length === 2)
    const { release: id } = (await records.readHistory('demo', 'production'))[1] ?? {}
    await records.changeLock('demo', 'production', lock => ({
      next: id && { ...lock, held: { holder: v3, release: id, attempt: 1, since: 0 } },
    }))
    await world.pass(5_000)
    expect(await rollBack()).toMatchObject(BACK)
    expect((await records.readHistory('demo', 'production')).at(-1)).toMatchObject({ kind: 'taken-back', tag: 'v3' })
    expect(await serves()).toBe('v2')
  })
})
