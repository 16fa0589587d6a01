import { describe, expect, test } from 'vitest'
import { createScreen } from '../../cli/view/screen.ts'
import { PLAIN } from '../../cli/view/style.ts'
import { planRelease, RELEASE, type Release } from '../functions/release.ts'
import { watchedFor } from '../functions/watched.ts'
import { createWorld, type World } from '../functions/world.ts'

const HOUR = 3_600_000
const WHERE = { app: 'demo', stage: 'production' }

interface Installed {
  world: World
  release: Release
  types(...args: string[]): Promise<{ code: number; said: string }>
  /** What is lifted now. */
  lifted(): Promise<unknown[]>
}

/** An application whose production watches alarm `slow`, and whose release was planned. */
async function installed(): Promise<Installed> {
  const world = await createWorld(watchedFor({ for: '5m', alarms: ['slow'] }))
  const outputs = { TableName: 'ledger', Applications: 'demo', StartReleaseName: 'start-release' }
  const machines = { ReleaseMachineArn: world.machines.release, RollbackMachineArn: world.machines.rollback }
  world.services.cloudFormation.putStack({ name: 'Sluice', outputs: { ...outputs, ...machines } })
  const release = await planRelease(world)
  const [{ runCommand }, { overridesOf }] = await Promise.all([
    import('../../cli/commands/commands.ts'),
    import('../../functions/aws/overrides.ts'),
  ])
  return {
    world,
    release,
    async types(...args) {
      let said = ''
      const write = (text: string) => {
        said += text
      }
      const code = await runCommand(['lift', ...args], {
        screen: createScreen({ write }),
        style: PLAIN,
        note: () => {},
      })
      return { code, said }
    },
    lifted: () => overridesOf(WHERE, world.now()),
  }
}

describe('a person lifts', () => {
  test('a freeze, for two hours, and the record says who', async () => {
    const { world, types, lifted } = await installed()
    const until = world.now() + 2 * HOUR
    const told = new Date(until).toISOString().slice(0, 19).replace('T', ' ')
    expect(await types('demo', 'production', 'freeze', '--reason', 'customers cannot pay')).toEqual({
      code: 0,
      said: `the freeze stops no release of demo at production until ${told} UTC\n`,
    })
    const by = expect.stringContaining(':user/operator')
    const entry = { what: { kind: 'freeze' }, reason: 'customers cannot pay', at: world.now(), by }
    expect(await lifted()).toEqual([{ ...entry, until }])
    await world.pass(2 * HOUR)
    expect(await lifted()).toEqual([])
  })

  test('an alarm, for as long as is typed', async () => {
    const { world, types, lifted } = await installed()
    expect((await types('demo', 'production', 'alarm', 'slow', '--for', '30m')).code).toBe(0)
    expect(await lifted()).toMatchObject([
      {
        what: { kind: 'alarm', name: 'slow' },
        until: world.now() + HOUR / 2,
        reason: expect.stringContaining('asked for by arn:'),
      },
    ])
  })

  test('an alarm that ECS alone watches', async () => {
    const { world, types, lifted } = await installed()
    const alarms = { alarmNames: ['owners'], enable: true, rollback: true }
    await world.update({ deploymentConfiguration: { alarms } })
    expect((await types('demo', 'production', 'alarm', 'owners')).code).toBe(0)
    expect(await lifted()).toMatchObject([{ what: { kind: 'alarm', name: 'owners' } }])
    await expect(types('demo', 'production', 'alarm', 'ownres')).rejects.toThrow('write one of slow, owners')
  })

  test('that no target is healthy, where the release is what mends it', async () => {
    const { types, lifted } = await installed()
    expect((await types('demo', 'production', 'targets')).said).toMatch(/^that no target is healthy stops no release/)
    expect(await lifted()).toMatchObject([{ what: { kind: 'targets' } }])
  })

  test('once more, and the latest word stands', async () => {
    const { world, types, lifted } = await installed()
    await types('demo', 'production', 'freeze', '--for', '24h')
    await types('demo', 'production', 'freeze', '--for', '5m', '--reason', 'that was too long')
    expect(await lifted()).toMatchObject([{ reason: 'that was too long', until: world.now() + HOUR / 12 }])
  })

  test('a release, by its id or tag, as before', async () => {
    const { world, release, types } = await installed()
    const { putInQuarantine, quarantined } = release.records
    await putInQuarantine('demo', 'production', { release: RELEASE, tag: 'v2', reason: 'errors', at: world.now() })
    expect(await types('demo', 'production', 'v1')).toMatchObject({
      code: 1,
      said: expect.stringContaining('v1 is not quarantined'),
    })
    expect((await types('demo', 'production', RELEASE.slice(0, 6))).said).toContain(`release ${RELEASE} (v2) may go`)
    expect(await quarantined('demo', 'production')).toEqual([])
  })
})

test('alone, the command lists what is kept and what is lifted', async () => {
  const { world, release, types } = await installed()
  expect((await types('demo', 'production')).said).toBe('nothing is quarantined at production of demo\n')
  const kept = { release: RELEASE, tag: 'v2', reason: 'errors', at: world.now() }
  await release.records.putInQuarantine('demo', 'production', kept)
  await types('demo', 'production', 'alarm', 'slow', '--reason', 'known')
  const { said } = await types('demo', 'production')
  expect(said).toMatch(new RegExp(`^${RELEASE} .*: errors\\nalarm slow is lifted until .* UTC: known\\n$`))
})

describe('nothing is lifted', () => {
  test.each([
    ['where an alarm has no name', ['demo', 'production', 'alarm'], 'lift: write sluice lift <app> <stage>'],
    ['where a freeze has one', ['demo', 'production', 'freeze', 'slow'], 'lift: write sluice lift <app> <stage>'],
    [
      'for no length of time',
      ['demo', 'production', 'freeze', '--for', 'ever'],
      '--for ever: write a length of time like 2h',
    ],
    ['for longer than a day', ['demo', 'production', 'freeze', '--for', '25h'], 'at most 24h'],
    ['for no time', ['demo', 'production', 'freeze', '--for', '0m'], '--for 0m: write a length of time'],
    ['of an application that is not installed', ['shop', 'production', 'freeze'], 'shop: is not installed'],
    [
      'at a stage that is mistyped',
      ['demo', 'prodution', 'freeze'],
      'prodution: is no stage of demo; write one of production',
    ],
    ['where a list is asked for at a stage that is mistyped', ['demo', 'prodction'], 'prodction: is no stage of demo'],
    ['where a release is to be lifted for a while', ['demo', 'production', 'v2', '--for', '1h'], '--for: is for what'],
    [
      'where a reason is given for lifting a release',
      ['demo', 'production', 'v2', '--reason', 'known'],
      '--reason: is for what is lifted for a while; a release is lifted for good',
    ],
    [
      'of an alarm that is mistyped',
      ['demo', 'production', 'alarm', 'slwo'],
      'slwo: is no alarm that is watched at production; write one of slow',
    ],
  ])('%s', async (_, args, said) => {
    const { types, lifted } = await installed()
    await expect(types(...args)).rejects.toThrow(said)
    expect(await lifted()).toEqual([])
  })
})
