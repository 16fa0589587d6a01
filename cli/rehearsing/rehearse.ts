import { isDeepStrictEqual } from 'node:util'
import type { Application } from '../../domain/application.ts'
import { isRestorable } from '../../domain/database-choice.ts'
import { readServing } from '../../functions/aws/ecs.ts'
import type { ReleaseView } from '../../functions/view/release-view.ts'
import type { Fault } from '../faults/catalogue.ts'
import { faultIn, type Pushed } from '../faults/in-scenario.ts'
import type { Answering, ReceivedLink } from './approvers.ts'
import { createDenials } from './denied.ts'
import { groundOf } from './fleet.ts'
import { moving } from './moving.ts'
import { type Report, reportOn, servedBy, waysBack } from './report.ts'
import type { Scenario } from './scenarios.ts'
import { createStagehand } from './stagehand.ts'
import { type Synthesis, synthesize } from './synth.ts'
import { toldAmiss } from './told.ts'
import { openWorld, type World, type WorldOptions } from './world.ts'

export interface RehearsingOptions {
  file: string
  application: Application
  scenario: Scenario
  drive: 'paced' | 'jump'
  speed?: number
  /** What goes wrong, from the push on. */
  fault?: Fault
  /** What approvers do, whatever the scenario says; absent: as the scenario says, else all approve through the page. */
  answering?: Answering
  /** Where the pages are to be, if that port is free. */
  apiPort?: number
  /** What is taken out of roles' policies. */
  forbidden?: WorldOptions['forbidden']
}

/** What a rehearsal tells while it goes on. */
export type Progress =
  | { kind: 'synthesized'; synthesis: Synthesis }
  | { kind: 'opened'; rehearsal: World['rehearsal'] }
  | { kind: 'ready'; world: World; fleet: Running[] }
  | { kind: 'pushed'; repository: string; tag?: string; digest: string }
  | { kind: 'asked'; link: ReceivedLink }
  | { kind: 'look'; view: ReleaseView; now: number }

/** What runs in a stage before the push. */
export interface Running {
  stage: string
  services: { service: string; tasks: number }[]
  /** Its database in RDS, where one is backed up. */
  database?: string
}

export interface Rehearsed {
  report: Report
  /** What was not as the scenario should be; empty: all was. */
  misses: string[]
  world: World
  /** Real time, from the push to the last end. */
  tookMs: number
}

/** Users ask for this long before the push and after the end. */
const AROUND_MS = 60_000
/** Fewer requests would say little about a release that nobody is to notice. */
const ENOUGH_REQUESTS = 1_000

/** Rehearses an application once, without a person. The rehearsal still runs when it resolves: the caller stops it. */
export async function rehearse(
  options: RehearsingOptions,
  tell: (progress: Progress) => void = () => {},
): Promise<Rehearsed> {
  const { file, application, scenario, drive, speed, apiPort, forbidden } = options
  groundOf(file, application)
  const synthesis = await synthesize([file])
  tell({ kind: 'synthesized', synthesis })
  const denials = createDenials()
  const world = await openWorld({
    ...{ file, application, drive, assembly: synthesis.directory },
    ...(speed !== undefined && { speed }),
    ...(apiPort !== undefined && { apiPort }),
    ...(forbidden && { forbidden }),
    ...(scenario.usersPerSecond !== undefined && { usersPerSecond: scenario.usersPerSecond }),
    ...(scenario.earlier && { earlier: scenario.earlier }),
    ...(scenario.start !== undefined && { start: scenario.start }),
    opened: rehearsal => tell({ kind: 'opened', rehearsal }),
    onDenied: denials.tell,
  }).catch(error => {
    throw denials.causeOf(error)
  })
  try {
    return await moving(world.rehearsal.clock, () => denials.end(() => play(options, world, tell)))
  } catch (error) {
    await world.rehearsal.stop()
    throw error
  }
}

async function play(
  { application, scenario, fault, answering = scenario.answering }: RehearsingOptions,
  world: World,
  tell: (progress: Progress) => void,
): Promise<Rehearsed> {
  const { rehearsal, installation, users } = world
  const { clock } = rehearsal
  const faulty = fault && faultIn(world, fault)
  const before = await clock.during('look at the fleet', () => servedBy(application))
  tell({ kind: 'ready', world, fleet: await clock.during('count the fleet', () => runningIn(world)) })
  users.start()
  await clock.sleep(AROUND_MS)
  const from = performance.now()
  const hand = createStagehand(
    telling(world, tell, faulty?.pushed),
    view => tell({ kind: 'look', view, now: clock.now() }),
    {
      ...(answering && { answering }),
      onLink: link => tell({ kind: 'asked', link }),
    },
  )
  const missed = await scenario.play(hand)
  const tookMs = performance.now() - from
  if (scenario.executions > 0) {
    const releases = await hand.untilEnded(scenario.executions)
    missed.push(...(await toldAmiss(hand, releases, scenario.rings)))
  }
  await clock.sleep(AROUND_MS)
  if (scenario.outcome === 'released') while (users.counts().total < ENOUGH_REQUESTS) await clock.sleep(1_000)
  await users.stop()
  const report = await clock.during('report', async () => {
    const views = scenario.executions > 0 ? await hand.untilEnded(1) : []
    const [rollback] = scenario.about === 'rollback' ? await waysBack(application) : []
    const view = views[typeof scenario.about === 'number' ? scenario.about : 0]
    return reportOn({ application, installation, rehearsal, view, rollback, before, requests: users.counts() })
  })
  const { failsUsers = false } = scenario
  const faultMisses = faulty ? await faulty.misses({ approvers: hand.approvers, before, failsUsers }) : []
  const misses = faulty ? [...faultMisses, ...reasonless(report)] : [...missed, ...unlike(scenario, report)]
  return { report, misses, world, tookMs }
}

function telling(world: World, tell: (progress: Progress) => void, told: (push: Pushed) => void = () => {}): World {
  const push: World['push'] = ({ repository, tag, ...rest }) => {
    const pushed = world.push({ repository, ...rest, ...(tag !== undefined && { tag }) })
    const push = { repository, digest: pushed.digest, ...(tag !== undefined && { tag }) }
    told(push)
    tell({ kind: 'pushed', ...push })
    return pushed
  }
  return { ...world, push }
}

async function runningIn({ application: { stages }, rehearsal: { rds } }: World): Promise<Running[]> {
  const running: Running[] = []
  for (const { name, cluster, services, backup } of stages) {
    const counted: Running['services'] = []
    for (const { service } of services)
      counted.push({ service, tasks: (await readServing(cluster, service)).running.length })
    const database = rds
      .instances()
      .find(({ id, cluster }) => isRestorable(backup) && [id, cluster].includes(backup.id.toLowerCase()))
    running.push({ stage: name, services: counted, ...(database && { database: database.id }) })
  }
  return running
}

/** Where the report differs from what the scenario says. */
function unlike(scenario: Scenario, report: Report): string[] {
  const { outcome, executions, blocks } = scenario
  const expectations: [string, unknown, unknown][] = [
    ['outcome', report.outcome, outcome],
    ['executions of the release machine', report.executions, executions],
    ['locks left', report.locks, blocks ? 1 : 0],
    ['waits left', report.waits, 0],
    ['pauses of ours left', report.hooks, 0],
    ['whether requests of users failed', report.requests.failed > 0, scenario.failsUsers ?? false],
  ]
  const differing = expectations.filter(([, found, expected]) => found !== expected)
  return [
    ...differing.map(([what, found, expected]) => `${what}: ${found}, not ${expected}`),
    ...reasonless(report),
    ...changed(report),
  ]
}

function reasonless({ outcome, reason }: Report): string[] {
  return outcome !== null && !reason ? ['the outcome has no reason'] : []
}

/** A stage that was not released serves what it served. */
function changed({ stages }: Report): string[] {
  return stages
    .filter(({ outcome, before, after }) => outcome !== 'released' && !isDeepStrictEqual(before, after))
    .map(({ name }) => `${name} does not serve what it served before`)
}
