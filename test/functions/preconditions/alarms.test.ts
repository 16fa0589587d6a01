import { describe, expect, test } from 'vitest'
import { blueGreen, changed, withService } from '../greens.ts'
import { putAlarm, putBehind, setAlarm, watchedFor } from '../watched.ts'
import type { World } from '../world.ts'
import { READY, refusal, underLock } from './under-lock.ts'

const WATCH = { for: '5m', alarms: ['slow', 'errors'] }
const watched = (before: (world: World) => Promise<void>, watch: object = WATCH) =>
  underLock({ file: watchedFor(watch), before })

const both = (states: { slow?: string; errors?: string }) => async (world: World) => {
  await putAlarm(world, 'slow', states.slow)
  await putAlarm(world, 'errors', states.errors)
}

async function lift(world: World, name: string): Promise<void> {
  const { recordOverride } = await import('../../../functions/aws/overrides.ts')
  const said = { reason: 'known, and not ours', by: 'arn:aws:iam::111122223333:user/ana' }
  const [at, until] = [world.now(), world.now() + 3_600_000]
  await recordOverride({ app: 'demo', stage: 'production' }, { what: { kind: 'alarm', name }, at, until, ...said })
}

describe('an alarm', () => {
  test('that rang before stops the release, and says how to go on', async () => {
    const { world, read, checks } = await watched(both({ slow: 'OK', errors: 'ALARM' }))
    const since = new Date(world.now()).toISOString().slice(0, 10)
    await expect(checks()).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringMatching(
        new RegExp(
          `^production alarms: errors rings since ${since} .* UTC \\(errors was put to ALARM\\.\\); a watch would not tell .*` +
            'See that it is quiet, then retry; or, when it may ring: sluice lift demo production alarm errors && sluice retry demo 3f9c0a7f6d6a$',
        ),
      ),
    })
    expect(await read()).toBeUndefined()
  })

  test('is named such that a shell takes it for one name', async () => {
    const { checks } = await watched(world => putAlarm(world, 'High 5xx; rate', 'ALARM'), {
      ...{ for: '5m', alarms: ['High 5xx; rate'] },
    })
    await expect(checks()).rejects.toThrow("sluice lift demo production alarm 'High 5xx; rate' && sluice retry")
  })

  test('that a person lets ring is recorded with since when, and the log says so', async () => {
    const { world, read, checks } = await watched(both({ slow: 'OK', errors: 'ALARM' }))
    await lift(world, 'errors')
    const rangAt = (await seen('errors'))?.since
    expect(await checks()).toEqual(READY)
    expect((await read())?.ringing).toEqual({ errors: rangAt })
    expect(world.logged.filter(({ level }) => level === 'WARN')).toMatchObject([
      { message: expect.stringContaining('alarm errors rings'), override: { reason: 'known, and not ours' } },
    ])
  })

  test('that a person lets ring lets no other ring', async () => {
    const { world, checks } = await watched(both({ slow: 'ALARM', errors: 'ALARM' }))
    await lift(world, 'errors')
    await expect(checks()).rejects.toMatchObject({ message: expect.stringContaining('slow rings since') })
  })

  test('that is quiet, or has no data yet, stops nothing', async () => {
    const { read, checks } = await watched(both({ slow: 'OK' }))
    expect(await checks()).toEqual(READY)
    expect((await read())?.ringing).toBeUndefined()
  })

  test('that is a composite of others is looked at, too', async () => {
    const { checks } = await watched(
      async world => {
        await both({ slow: 'OK' })(world)
        await world.ask(world.services.cloudWatch, 'PutCompositeAlarm', { AlarmName: 'any', AlarmRule: 'ALARM(slow)' })
        await setAlarm(world, 'slow', 'ALARM')
        await world.pass(1_000)
      },
      { for: '5m', alarms: ['any'] },
    )
    await expect(checks()).rejects.toMatchObject({ message: expect.stringContaining('any rings since') })
  })

  test('that is not there would never ring', async () => {
    const { checks } = await watched(world => putAlarm(world, 'slow', 'OK'))
    await expect(checks()).rejects.toMatchObject(
      refusal(
        'production alarms: CloudWatch has none of the name errors in this account and region; create it, or correct watch.alarms in the application file',
      ),
    )
  })
})

describe('an alarm by which ECS watches deployments itself', () => {
  const inEcs = (enable: boolean, state: string) => async (world: World) => {
    await putAlarm(world, 'owners', state)
    await world.update({ deploymentConfiguration: { alarms: { alarmNames: ['owners'], enable, rollback: true } } })
  }

  test('stops the release where it rings already: ECS would ignore it', async () => {
    const { checks } = await underLock({ before: inEcs(true, 'ALARM') })
    await expect(checks()).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringMatching(
        /^production alarms: owners rings since .* ECS, whose deployments it is to take back, ignores its alarms .*: sluice lift demo production alarm owners && /,
      ),
    })
  })

  test('may ring where a person says so', async () => {
    const { world, read, checks } = await underLock({ before: inEcs(true, 'ALARM') })
    await lift(world, 'owners')
    expect(await checks()).toEqual(READY)
    expect(Object.keys((await read())?.ringing ?? {})).toEqual(['owners'])
  })

  test.each([
    ['is quiet', true, 'OK'],
    ['is switched off', false, 'ALARM'],
  ])('stops nothing while it %s', async (_, enable, state) => {
    const { checks } = await underLock({ before: inEcs(enable, state) })
    expect(await checks()).toEqual(READY)
  })

  test('is for its owners to look after where it is gone', async () => {
    const { checks } = await underLock({
      before: async world => {
        await inEcs(true, 'OK')(world)
        const { operations } = world.services.cloudWatch
        operations.DescribeAlarms = () => ({ MetricAlarms: [] })
      },
    })
    expect(await checks()).toEqual(READY)
  })
})

describe('a limit of errors', () => {
  const LIMIT = { for: '5m', errorRate: { above: '10%' } }

  test('is refused where no load balancer counts the answers of any service', async () => {
    const { checks } = await watched(async () => {}, LIMIT)
    await expect(checks()).rejects.toMatchObject({
      message: expect.stringContaining('production: no service of this stage is behind an application load balancer'),
    })
  })

  test('is fine where one does', async () => {
    const { checks } = await watched(async world => void (await putBehind(world, 'demo-api')), LIMIT)
    expect(await checks()).toEqual(READY)
  })

  test('is fine for one of two services', async () => {
    const file = changed(blueGreen, withService('demo-worker', 'rolling'), watchedFor(LIMIT))
    const { checks } = await underLock({ file })
    expect(await checks()).toEqual({ kind: 'ready', services: 2 })
  })
})

async function seen(name: string) {
  const { describeAlarms } = await import('../../../functions/aws/cloudwatch.ts')
  return (await describeAlarms([name]))[0]
}
