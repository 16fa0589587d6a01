import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { applicationSchema, type Stage } from '../../domain/application.ts'
import {
  BEATS,
  eventsOf,
  historySizeBackOf,
  historySizeOf,
  MOST_EVENTS,
  OF_STATES,
  type Wait,
  waitsBackOf,
  waitsOf,
} from '../../domain/history-size.ts'
import { mistakes, sentence } from '../../domain/invalid.ts'
import { createClock } from '../../rehearsal/clock.ts'
import { ROOT, WAITING } from '../contracts/state-machines.ts'
import { START, start } from '../rehearsal/asl/machines.ts'

const range = (count: number) => Array.from({ length: count }, (_, n) => n)

/** A stage with one rolling service, changed as told. */
const stage = (name: string, more: object = {}) => ({
  name,
  cluster: `shop-${name}`,
  services: [{ service: `shop-${name}`, container: 'api', image: 'api', strategy: 'rolling' }],
  ...more,
})
const green = (name: string, more: object = {}) =>
  stage(name, {
    services: [{ service: `shop-${name}`, container: 'api', image: 'api', strategy: 'blue-green' }],
    ...more,
  })
const watched = (length: string, extend = '10m') => ({ watch: { for: length, extend, alarms: ['errors'] } })
/** As many services and groups, one in each. */
const inGroups = (count: number, strategy = 'rolling') => ({
  services: range(count).map(n => ({ service: `shop-${n}`, container: 'api', image: 'api', strategy })),
  groups: range(count).map(n => [`shop-${n}`]),
})
const everything = (name: string) =>
  green(name, {
    approval: { approvers: [{ name: 'Ana', email: 'ana@shop.example' }] },
    backup: { kind: 'rds-instance', id: `shop-${name}` },
    migrate: { taskDefinition: `shop-${name}-migrations`, container: 'migrate', image: 'api', onRollback: 'restore' },
    ...watched('15m'),
  })

const fileOf = (stages: unknown[]) => ({ app: 'shop', images: { api: 'shop/api' }, trigger: { tags: '^v' }, stages })

function refusalsOf(...stages: unknown[]): string[] {
  const file = fileOf(stages)
  const parsed = applicationSchema.safeParse(file, { reportInput: true })
  return parsed.success ? [] : mistakes(parsed.error, file).map(sentence)
}
const parsedStage = (given: unknown): Stage => applicationSchema.parse(fileOf([given])).stages[0] as Stage

describe('the longest waits that a file allows fit into one history:', () => {
  test.each<[what: string, stages: unknown[]]>([
    ['one watch of twelve hours and as much again', [green('production', watched('12h', '12h'))]],
    ['two watches of twelve hours', ['a', 'b'].map(name => stage(name, watched('12h')))],
    [
      'an approval of thirty days',
      [stage('a', { approval: { approvers: [{ name: 'Ana', email: 'ana@shop.example' }], expiresAfter: '720h' } })],
    ],
    [
      'ten stages with all that a stage can have, as long as nobody says how long',
      range(10).map(n => everything(`s${n}`)),
    ],
    ['two groups that may take half a day each', [stage('production', { ...inGroups(2), deploy: { within: '12h' } })]],
  ])('%s', (_, stages) => {
    expect(refusalsOf(...stages)).toEqual([])
  })
})

describe('they are refused with what costs most, before anything is deployed:', () => {
  test.each<[what: string, stages: unknown[], at: RegExp]>([
    [
      'three watches of twelve hours',
      ['a', 'b', 'c'].map(name => stage(name, watched('12h'))),
      /^stages\.0\.watch\.for: "12h": .* a release comes to 2\d,\d{3} events .* 22,500 of the 25,000 that AWS keeps .* 8,\d{3} are by this 12h: shorten it, or have fewer stages/,
    ],
    [
      'a watch that may be extended, after a long backup',
      [green('production', { ...watched('11h', '12h'), backup: { kind: 'rds-instance', id: 'shop', within: '24h' } })],
      /^stages\.0\.watch\.extend: "12h": .* 8,\d{3} are by this 12h/,
    ],
    [
      'greens that shift one after the other, half a day each',
      [stage('staging'), stage('production', { ...inGroups(8, 'blue-green'), deploy: { within: '12h' } })],
      /^stages\.1\.deploy\.within: "12h": /,
    ],
    [
      'a way back through groups, half a day each',
      [stage('production', { ...inGroups(4), deploy: { within: '12h' } })],
      /^stages\.0\.deploy\.within: "12h": .* the way back of production comes to 2\d,\d{3} .*: shorten it, or have fewer groups in it$/,
    ],
  ])('%s', (_, stages, said) => {
    expect(refusalsOf(...stages)).toEqual([expect.stringMatching(said)])
  })

  test('by the minute: what fits just so, and what no longer does', () => {
    const minutes = (m: number) => refusalsOf(...['a', 'b', 'c'].map(name => stage(name, watched(`${m}m`))))
    const longest = range(720).findLast(m => m > 0 && minutes(m).length === 0) ?? 0
    expect(longest).toBeGreaterThan(9 * 60)
    expect(minutes(longest)).toEqual([])
    expect(minutes(longest + 1)).toHaveLength(1)
  })
})

test('what the definitions beat by is what is counted with', () => {
  const counted = WAITING.filter(({ name }) => name in BEATS)
  for (const { name, HeartbeatSeconds } of counted)
    if (name !== 'RequestApproval') expect([name, HeartbeatSeconds]).toEqual([name, BEATS[name as keyof typeof BEATS]])
  expect(new Set(counted.map(({ name }) => name))).toEqual(new Set(Object.keys(BEATS)))
  // How long these take is said by no file.
  const others = WAITING.filter(({ name }) => !(name in BEATS))
  expect(others.map(({ name, HeartbeatSeconds }) => [name, HeartbeatSeconds])).toEqual([
    ['LockStage', 300],
    ['TakeLease', 300],
  ])
})

/** What each step answers that waits for nothing, or once it has waited. */
const ANSWERS: Record<string, object> = {
  LockStage: { lease: { holder: 'run', fence: 1 } },
  ShiftTraffic: { kind: 'shifted', shift: 1 },
  RequestApproval: { kind: 'approved', round: 1 },
  TakeLease: {
    kind: 'taken',
    lease: { holder: 'run', fence: 2 },
    ...{ release: 'r', attempt: 1, cause: 'failed' },
    reason: '',
    releaseExecution: '',
  },
  StopDeployments: { changed: true },
  RestorePrevious: { restored: 1 },
  RestoreDatabase: { note: '' },
  CheckPreconditions: { kind: 'free' },
  CloseStage: { outcome: 'rolled-back', reason: '' },
  CloseRelease: { outcome: 'released' },
}

/** How many events the machine writes where each state waits as long as that; of the release machine, with these stages. */
async function writtenBy(machine: 'release' | 'rollback', waits: Wait[], stages: object[] = []): Promise<number> {
  const clock = createClock({ drive: 'jump', start: START })
  const since = new Map<string, number>()
  const lasts = (state: string) => waits.filter(wait => wait.state === state).reduce((sum, { ms }) => sum + ms, 0)
  const definition = parse(readFileSync(`${ROOT}/statemachines/${machine}.asl.yaml`, 'utf8'), { merge: true })
  const execution = start(definition, {
    clock,
    input: { app: 'shop', stage: 'production', release: 'r', attempt: 1, lease: { holder: 'run', fence: 1 } },
    perform: async ({ state, token, submitted }) => {
      const answer = ANSWERS[state] ?? (state === 'PlanRelease' ? { order: 1, stages } : {})
      if (token === undefined) return { output: { Payload: answer } as never }
      submitted({})
      const entered = since.get(state) ?? clock.now()
      since.set(state, entered)
      await clock.sleep(Math.max(0, entered + lasts(state) - clock.now()))
      return { output: answer as never }
    },
  })
  expect(await execution.outcome).toMatchObject({ status: 'SUCCEEDED' })
  return execution.history.length
}

describe('what is counted is what the engine writes, and hardly more:', () => {
  const large = parsedStage({ ...everything('production'), ...watched('3h', '2h') })
  const planned = { name: 'production', asksFor: 86_400, backsUp: true, migrates: true, shifts: true, watches: true }

  test('of a release that waits for everything', async () => {
    const written = await writtenBy('release', waitsOf(large), [planned])
    const counted = historySizeOf([large])
    expect(written).toBeLessThanOrEqual(counted)
    expect(counted - written).toBeLessThan(400)
  })

  test('of its way back', async () => {
    const written = await writtenBy('rollback', waitsBackOf(large))
    const counted = historySizeBackOf(large)
    expect(written).toBeLessThanOrEqual(counted)
    expect(counted - written).toBeLessThan(150)
  })

  test('of stages that wait for nothing, and of what is around them', async () => {
    const [one, two] = [await writtenBy('release', [], [planned]), await writtenBy('release', [], [planned, planned])]
    for (const written of [two - one, one - (two - one), await writtenBy('rollback', [])]) {
      expect(written).toBeGreaterThan(0)
      expect(written).toBeLessThanOrEqual(OF_STATES)
    }
  })

  test('of half a day of watching', () => {
    expect(eventsOf({ state: 'WatchAlarms', ms: 12 * 3_600_000 })).toBe(4 * Math.ceil(43_200 / 21))
    expect(3 * eventsOf({ state: 'WatchAlarms', ms: 12 * 3_600_000 })).toBeLessThan(MOST_EVENTS)
  })
})
