import { describe, expect, test } from 'vitest'
import {
  COUNTED,
  failure,
  MINUTE,
  putAlarm,
  quiet,
  RINGS,
  setAlarm,
  silent,
  troubles,
  type UnderWatch,
  underWatch,
  users,
  WATCH,
} from './watched.ts'

const WAITS = { kind: 'waits' }

describe('a new version that has its users', () => {
  test('has stood the watch when all was quiet for as long as the file says, and the numbers are told', async () => {
    const { world, looks } = await underWatch(COUNTED, quiet)
    expect(await looks(0)).toEqual(WAITS)
    await users(world, 30)
    expect(await looks(3 * MINUTE)).toEqual(WAITS)
    expect(await looks(2 * MINUTE - 1)).toEqual(WAITS)
    expect(await looks(1)).toEqual({
      kind: 'done',
      output: { alarms: 1, answers: [{ service: 'demo-api', requests: 30, errors: 0 }] },
    })
  })

  test('is shown with what was seen of it, beside the old one for as long before', async () => {
    const { world, release, looks } = await underWatch(
      { ...COUNTED, for: '1h' },
      {
        before: async world => {
          await putAlarm(world, 'slow', 'OK')
          await users(world, 15)
        },
      },
    )
    const from = world.now()
    await users(world, 25)
    await looks(30 * MINUTE)
    const { readWatched } = await import('../../functions/aws/watched.ts')
    expect(await readWatched(release.held)).toEqual({
      at: world.now(),
      from,
      services: { 'demo-api': { green: { requests: 25, errors: 0 }, blue: { requests: 15, errors: 0 } } },
      alarms: { slow: 'OK' },
    })
  })

  test('has not stood the watch where nobody is there to answer, though nothing is counted', async () => {
    const { world, looks } = await underWatch(WATCH, quiet)
    expect(await looks(0)).toEqual(WAITS)
    for (const group of world.services.loadBalancers.groups.values())
      for (const target of group.targets()) Object.assign(target, { state: 'unhealthy', reason: 'Target.Timeout' })
    expect(await looks(0)).toMatchObject({
      error: 'WatchFailed',
      because: expect.stringMatching(
        /^production demo-api: none of the targets in demo-api-\w+, .* unhealthy \(Target\.Timeout\)/,
      ),
    })
  })

  test('is looked at when its services or alarms say something', async () => {
    const { world, release, entry, looks } = await underWatch(WATCH, quiet)
    expect(await looks(0)).toEqual(WAITS)
    const { serviceArn = '' } = await world.describe()
    const alarm = 'arn:aws:cloudwatch:eu-west-1:111122223333:alarm:slow'
    await setAlarm(world, 'slow', 'ALARM')
    const [waiter, ...others] = await release.records.waitersFor(alarm)
    expect([waiter?.resources.includes(serviceArn), others]).toEqual([true, []])
    if (waiter) expect(await entry.check(waiter)).toEqual(RINGS)
  })

  test('is not watched on when a person wants the stage back [P4.1b]', async () => {
    const { release, looks } = await underWatch(WATCH, quiet)
    await release.requestRollback('errors since noon')
    expect(await looks(0)).toMatchObject({ error: 'RollbackRequested' })
  })

  test('is not watched by a release that has lost the stage [P4.1a]', async () => {
    const { release, looks } = await underWatch(WATCH, quiet)
    await release.loseLease()
    expect(await looks(0)).toMatchObject({ error: 'LeaseLost' })
  })

  test('is looked at again where CloudWatch throttles', async () => {
    const { world, looks } = await underWatch(WATCH, quiet)
    world.services.faults.add({ service: 'monitoring', does: 'throttle' })
    await expect(looks(0)).rejects.toMatchObject({ name: 'Transient' })
    expect(await looks(0)).toEqual(WAITS)
  })
})

describe('an alarm', () => {
  test('that rings ends it at once, with what CloudWatch says', async () => {
    const { world, looks } = await underWatch(WATCH, quiet)
    await looks(0)
    await setAlarm(world, 'slow', 'ALARM')
    expect(await looks(0)).toEqual(RINGS)
  })

  test('that rings from the start is seen, though it never changes', async () => {
    const { world, looks } = await underWatch(WATCH, quiet)
    await setAlarm(world, 'slow', 'ALARM')
    expect(await looks(0)).toEqual(RINGS)
  })

  test('that begins to ring while the last look is taken is seen by a second one', async () => {
    const { world, looks } = await underWatch(WATCH, quiet)
    await looks(0)
    const { operations } = world.services.cloudWatch
    const { DescribeAlarms: describe } = operations
    let asked = 0
    operations.DescribeAlarms = async (input, caller) => {
      const seen = await describe?.(input, caller)
      // Entering the state looks for their ARNs first.
      if (++asked === 2) await setAlarm(world, 'slow', 'ALARM')
      return seen ?? {}
    }
    expect(await looks(5 * MINUTE)).toEqual(RINGS)
  })

  test('that rang between two looks is heard of in the end, though it is quiet again', async () => {
    const { world, looks } = await underWatch(WATCH, quiet)
    await looks(0)
    await setAlarm(world, 'slow', 'ALARM')
    const at = new Date(world.now()).toISOString().slice(0, 19).replace('T', ' ')
    await world.pass(5_000)
    await setAlarm(world, 'slow', 'OK')
    expect(await looks(MINUTE)).toEqual(WAITS)
    expect(await looks(5 * MINUTE)).toEqual(
      failure(`production: alarm slow rang at ${at} UTC, and is quiet again: slow was put to ALARM`),
    )
  })

  test('that only had no data for a while did not ring', async () => {
    const { world, looks } = await underWatch(WATCH, quiet)
    await setAlarm(world, 'slow', 'INSUFFICIENT_DATA')
    await world.pass(5_000)
    await setAlarm(world, 'slow', 'OK')
    expect(await looks(5 * MINUTE)).toMatchObject({ kind: 'done' })
  })

  test('that a person let pass may ring to the end, and the result says so', async () => {
    const watched = await underWatch(WATCH, { before: world => putAlarm(world, 'slow', 'OK') })
    await setAlarm(watched.world, 'slow', 'ALARM')
    await letPass(watched, watched.world.now())
    await watched.world.pass(1)
    expect(await watched.looks(5 * MINUTE)).toEqual({
      kind: 'done',
      output: { alarms: 1, answers: [{ service: 'demo-api', requests: 0, errors: 0 }], lifted: ['slow'] },
    })
  })

  test('that a person let pass may go on ringing, and counts again once it has gone quiet', async () => {
    const watched = await underWatch(WATCH, { before: world => putAlarm(world, 'slow', 'OK') })
    const { world, looks } = watched
    await setAlarm(world, 'slow', 'ALARM')
    await letPass(watched, world.now())
    await world.pass(MINUTE)
    expect(await looks(0)).toEqual(WAITS)
    await setAlarm(world, 'slow', 'OK')
    await world.pass(MINUTE)
    await setAlarm(world, 'slow', 'ALARM')
    expect(await looks(0)).toEqual(RINGS)
  })

  test('without data is not quiet: it is watched longer, and people are told what could not be seen', async () => {
    const watched = await underWatch(WATCH, silent)
    expect(await watched.looks(5 * MINUTE)).toEqual(WAITS)
    expect(await watched.looks(2 * MINUTE - 1)).toEqual(WAITS)
    expect(troubles(watched)).toEqual([])
    expect(await watched.looks(1)).toMatchObject({
      ...{ kind: 'done', output: { unclear: 'after 7m, alarm slow has no data' } },
    })
    expect(troubles(watched)).toEqual(['the watch ended and has not seen all: after 7m, alarm slow has no data'])
  })

  test('without data takes the version back, where the file says so', async () => {
    const watched = await underWatch({ ...WATCH, unclear: 'roll-back' }, silent)
    expect(await watched.looks(7 * MINUTE)).toEqual(failure('production: after 7m, alarm slow has no data'))
    expect(troubles(watched)).toEqual([])
  })

  test('that has data in the end is enough', async () => {
    const { world, looks } = await underWatch(WATCH, silent)
    expect(await looks(6 * MINUTE)).toEqual(WAITS)
    await setAlarm(world, 'slow', 'OK')
    expect(await looks(0)).toMatchObject({ kind: 'done' })
  })

  test('that is gone is not quiet either', async () => {
    const watched = await underWatch(WATCH)
    expect(await watched.looks(5 * MINUTE)).toEqual(WAITS)
    expect(await watched.looks(2 * MINUTE)).toMatchObject({ kind: 'done' })
    expect(troubles(watched)).toEqual([expect.stringContaining('alarm slow is gone')])
  })
})

describe('what cannot be looked at', () => {
  test('is not clear: a deployment that ECS does not show', async () => {
    const watched = await underWatch(WATCH, quiet)
    const { operations } = watched.world.services.ecs
    operations.ListServiceDeployments = () => ({ serviceDeployments: [] })
    expect(await watched.looks(5 * MINUTE)).toEqual(WAITS)
    expect(await watched.looks(2 * MINUTE)).toMatchObject({
      output: { unclear: 'after 7m, ECS does not show the deployment of demo-api' },
    })
  })
})

describe('what ECS takes back', () => {
  test('is watched no further', async () => {
    const { world, looks, newest } = await underWatch(WATCH, quiet)
    expect(await looks(0)).toEqual(WAITS)
    const { serviceDeploymentArn } = await newest()
    await world.ask(world.services.ecs, 'StopServiceDeployment', { serviceDeploymentArn, stopType: 'ROLLBACK' })
    expect(await looks(0)).toMatchObject({
      ...{ kind: 'failed', error: 'DeploymentFailed' },
      because: expect.stringContaining('production demo-api: the new version is being taken back'),
    })
  })

  test('has been taken back, not cleared, where the watch is over', async () => {
    const { world, looks, newest } = await underWatch(WATCH, quiet)
    const { serviceDeploymentArn } = await newest()
    await world.ask(world.services.ecs, 'StopServiceDeployment', { serviceDeploymentArn, stopType: 'ROLLBACK' })
    await world.settled()
    expect(await looks(5 * MINUTE)).toMatchObject({ error: 'DeploymentFailed' })
  })

  test('for somebody else is theirs', async () => {
    const { world, looks } = await underWatch(WATCH, quiet)
    await world.update({ taskDefinition: await world.register() })
    await world.pass(10_000)
    expect(await looks(0)).toMatchObject({ error: 'ForeignDeployment' })
  })

  test('is not what a person let go on in the console', async () => {
    const { world, looks, byHand } = await underWatch(WATCH, quiet)
    await byHand()
    await world.settled()
    expect(await looks(5 * MINUTE)).toMatchObject({ kind: 'done' })
  })
})

/** As CheckPreconditions records it. */
async function letPass({ release }: UnderWatch, since: number): Promise<void> {
  const [{ update }, { ofRelease }] = await Promise.all([
    import('../../functions/aws/dynamodb.ts'),
    import('../../functions/aws/ledger.ts'),
  ])
  await update(
    { pk: ofRelease(release.held), sk: `STAGE#${release.held.stage}#BEFORE` },
    { UpdateExpression: 'SET ringing = :ringing', ExpressionAttributeValues: { ':ringing': { slow: since } } },
  )
}
