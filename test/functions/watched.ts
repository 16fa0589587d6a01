import { createFront, type Front, PORT } from './front.ts'
import { aGreenRelease, blueGreen, changed, type Greens } from './greens.ts'
import { type Entry, enter } from './waiting.ts'
import type { createWorld, World } from './world.ts'

type File = NonNullable<Parameters<typeof createWorld>[0]>

export const MINUTE = 60_000

/** The stage is watched so. */
export const watchedFor =
  (watch: object): File =>
  file => {
    Object.assign(file.stages[0] ?? {}, { watch })
  }

/** An alarm that stays as it is put, whatever is measured. */
export async function putAlarm({ ask, services: { cloudWatch } }: World, name: string, state?: string): Promise<void> {
  const metric = { Namespace: 'AWS/ApplicationELB', MetricName: 'HTTPCode_Target_5XX_Count', Statistic: 'Sum' }
  const when = { Threshold: 3, ComparisonOperator: 'GreaterThanOrEqualToThreshold', Period: 60, EvaluationPeriods: 1 }
  await ask(cloudWatch, 'PutMetricAlarm', { AlarmName: name, ...metric, ...when, TreatMissingData: 'ignore' })
  if (state) await setAlarm({ ask, services: { cloudWatch } } as World, name, state)
}

export async function setAlarm({ ask, services: { cloudWatch } }: World, name: string, state: string): Promise<void> {
  await ask(cloudWatch, 'SetAlarmState', {
    AlarmName: name,
    StateValue: state,
    StateReason: `${name} was put to ${state}.`,
  })
}

/** A user's requests at this path, one after the other. */
export async function users(world: World, requests: number, path = '/', { host } = world.front()): Promise<void> {
  for (let n = 0; n < requests; n++)
    await (await world.services.loadBalancers.request(host, new Request(`http://${host}${path}`))).text()
}

/** Puts a rolling service behind a load balancer of its own. */
export async function putBehind(world: World, service: string): Promise<Front> {
  const front = await createFront(world.services, service)
  const loadBalancers = [{ targetGroupArn: front.targetGroups[0], containerName: 'api', containerPort: PORT }]
  await world.update({ service, loadBalancers })
  await world.settled(service)
  return front
}

export interface UnderWatch extends Greens {
  entry: Entry
  /** Lets time pass and looks again, as a heartbeat does. */
  looks(ms: number): ReturnType<Entry['begin']>
}

/** A release whose greens have all users since this moment. `before`: what is so before it begins; `isThere`: its digests run then. */
export async function underWatch(
  watch: object,
  { file = blueGreen, before, isThere }: { file?: File; before?: (world: World) => Promise<void>; isThere?: true } = {},
): Promise<UnderWatch> {
  const greens = await aGreenRelease(changed(file, watchedFor(watch)), before && { before })
  const { world, release, deploys, shifts, pausedAt } = greens
  const entries = [deploys, () => shifts(0), () => shifts(1)]
  for (const pause of isThere ? [] : ['POST_TEST', 'PRE_PRODUCTION', 'POST_PRODUCTION']) {
    const { begin } = (await entries.shift()?.()) ?? {}
    await begin?.()
    for (const { service, strategy } of release.plan.stages[0]?.services ?? [])
      if (strategy === 'blue-green') await pausedAt(`${pause}_TRAFFIC_SHIFT`, service)
      else await world.settled(service)
    await begin?.({ retry: 1 })
  }
  const { handler } = await import('../../functions/watch-alarms.ts')
  const entry = await enter(world, handler, release.held)
  let retry = 0
  return {
    ...greens,
    entry,
    async looks(ms) {
      await world.pass(ms)
      return entry.begin({ retry: retry++ })
    },
  }
}

export const WATCH = { for: '5m', alarms: ['slow'], extend: '2m' }
export const COUNTED = { ...WATCH, errorRate: { above: '10%', atLeast: 20 } }

/** The stage's alarm is there and does not ring; or has no data. */
export const quiet = { before: (world: World) => putAlarm(world, 'slow', 'OK') }
export const silent = { before: (world: World) => putAlarm(world, 'slow') }

export const failure = (because: string) => ({ kind: 'failed', error: 'WatchFailed', because })
export const RINGS = failure('production: alarm slow rings: slow was put to ALARM')

/** What people were told to look at. */
export const troubles = ({ world }: UnderWatch) =>
  world.told().flatMap(({ transition }) => (transition.kind === 'trouble' ? transition.because : []))
