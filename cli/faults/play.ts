import { readApplication } from '../../apps/read.ts'
import { readEnd, releasesOf } from '../../functions/aws/ledger.ts'
import { onPaper } from '../../rehearsal/index.ts'
import { createApprovers, only } from '../rehearsing/approvers.ts'
import { moving } from '../rehearsing/moving.ts'
import { servedBy } from '../rehearsing/report.ts'
import { openWorld, type World } from '../rehearsing/world.ts'
import { outcomeOf, unexpectedIn } from './allowed.ts'
import { type Fault, nameOf, REMEMBERED } from './catalogue.ts'
import { lateIn, type Wait } from './delays.ts'
import { listenTo } from './ears.ts'
import { type Evidence, gather, type Push } from './evidence.ts'
import { type Executions, followExecutions } from './executions.ts'
import { type Injected, inject } from './inject.ts'
import { brokenIn, type InvariantName } from './invariants.ts'
import { JOURNEYS, type JourneyName } from './journeys.ts'
import { LOOKED_WITHIN_MS, lookAtLeft, mayLeave, untilLooked } from './left-behind.ts'
import { keepRecords } from './records.ts'

/** One journey with what goes wrong in it. */
export interface Cell {
  journey: JourneyName
  faults: readonly Fault[]
}

export type BrokenName = InvariantName | 'outcome' | 'fired' | 'end' | 'delay'

export interface Played {
  /** How the release ended, or the rollback where the journey is about that; `none`: it has no end. */
  outcome: string
  /** Fault → how often it fired. */
  fired: Record<string, number>
  /** What does not hold: an invariant by its name, or the cell's own outcome. */
  broken: { name: BrokenName; because: string }[]
  /** Of a cell: what else went wrong in its release. */
  beside?: string[]
  /** Of a journey in which nothing goes wrong: how long it waits where. */
  waits?: Wait[]
  seconds: number
}

export const FILE = 'test/apps/faults.yaml'
/** A Monday morning: whatever depends on the day is the same on each. */
const START = Date.UTC(2030, 0, 7, 9)
/** In AWS time: few, but some at every moment that matters. */
const USERS_PER_SECOND = 0.5
const LOOK_MS = 5_000
/** Of the approvers in the file, the one who does. */
const ANSWERS = 'Ana'
/** Whatever comes late has come by then. */
const QUIET_MS = 120_000
/** What has not begun by then does not begin: two looks have found the push. */
const BEGINS_WITHIN_MS = 40 * 60_000
/** A person who waits for a link gets a day. */
const PATIENCE_MS = 26 * 3_600_000

export interface Judged {
  /** A fault that did not fire is a miss. Default: it is. */
  needsFired?: boolean
  /** How long the journey waits where, when nothing goes wrong. Default: it is played without faults, too, where that matters. */
  usual?: Wait[] | undefined
}

/** Plays a cell in a rehearsal of its own, which has ended when it resolves. */
export async function play(cell: Cell, assembly: string, { needsFired = true, usual }: Judged = {}): Promise<Played> {
  const from = performance.now()
  const injected: Injected[] = []
  const fired = () => Object.fromEntries(injected.map(({ fault, fired }) => [nameOf(fault), fired()]))
  const seconds = () => (performance.now() - from) / 1000
  try {
    const evidence = await rehearsed(cell, assembly, injected)
    const outcome = outcomeOf(evidence, cell.journey)
    const broken = [
      ...unexpectedIn(cell.journey, evidence, faultsOf(injected)),
      ...(needsFired ? unfired(injected) : []),
      ...brokenIn(evidence),
      ...(await late({ cell, assembly, usual }, evidence, injected)),
    ]
    const waits = cell.faults.length === 0 && { waits: evidence.waits }
    return { outcome, fired: fired(), broken, seconds: seconds(), ...waits }
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error)
    return { outcome: 'none', fired: fired(), seconds: seconds(), broken: [{ name: 'end', because }] }
  }
}

async function rehearsed(cell: Cell, assembly: string, injected: Injected[]): Promise<Evidence> {
  const read = readApplication(FILE)
  if (read.kind !== 'valid') throw new Error(`${FILE}: ${read.mistakes.join('; ')}`)
  const { application } = read
  const world = await openWorld({
    ...{ file: FILE, application, assembly, drive: 'jump', start: START, usersPerSecond: USERS_PER_SECOND },
    postgres: onPaper(),
    lasting: !cell.faults.some(({ name }) => REMEMBERED.has(name)),
  })
  try {
    return await moving(world.rehearsal.clock, () => perform(world, cell, injected))
  } finally {
    await world.rehearsal.stop()
  }
}

const faultsOf = (injected: readonly Injected[]) => injected.filter(({ counts }) => counts()).map(({ fault }) => fault)

/** Whether nothing but events is lost in it: then nothing is known later than by one heartbeat for each. */
export const losesEvents = ({ faults }: Cell): boolean =>
  faults.length > 0 && faults.every(({ kind }) => kind === 'drop')

async function late(
  { cell, assembly, usual }: { cell: Cell; assembly: string; usual: Wait[] | undefined },
  { waits }: Evidence,
  injected: readonly Injected[],
): Promise<Played['broken']> {
  if (!losesEvents(cell)) return []
  const lost = injected.flatMap(({ lostAt }) => lostAt())
  return lateIn(waits, usual ?? (await quietOf(cell.journey, assembly)), lost).map(because => ({
    name: 'delay',
    because,
  }))
}

const quiet = new Map<string, Promise<Wait[]>>()

/** How long that waits where, when nothing goes wrong; played once in a process. */
function quietOf(journey: JourneyName, assembly: string): Promise<Wait[]> {
  const key = `${journey} ${assembly}`
  const found = quiet.get(key) ?? rehearsed({ journey, faults: [] }, assembly, []).then(({ waits }) => waits)
  quiet.set(key, found)
  return found
}

async function perform(world: World, { journey, faults }: Cell, injected: Injected[]): Promise<Evidence> {
  const { application, installation, rehearsal, users } = world
  const { clock } = rehearsal
  const ears = listenTo(rehearsal)
  const records = keepRecords(ears)
  const executions = followExecutions(rehearsal, ears, installation)
  const approvers = createApprovers(world, only(ANSWERS))
  // What was pushed before the first look for images was pushed before Sluice was there.
  await clock.sleep(LOOKED_WITHIN_MS)
  const before = await clock.during('look at the fleet', () => servedBy(application))
  const pushed: Push[] = []
  let leftAtOnce: Evidence['left'] | undefined
  users.start()
  await JOURNEYS[journey].play({
    ...{ world, ears },
    arm: () => void injected.push(...faults.map(fault => inject({ rehearsal, ears, executions }, fault))),
    push(tag = 'v2') {
      const digests = Object.entries(application.images).map(([image, repository]) => [
        image,
        world.push({ repository, version: tag, tag }).digest,
      ])
      pushed.push({ tag, at: clock.now(), digests: Object.fromEntries(digests) })
    },
    async untilOver(releases = 1) {
      leftAtOnce = await untilOver(world, executions, { releases, attend: () => approvers.attend() })
    },
  })
  const happened = faultsOf(injected)
  const isLookedFor = happened.some(mayLeave)
  if (isLookedFor) await untilLooked(world)
  await users.stop()
  const evidence = await clock.during('look at what came of it', () =>
    gather({ world, approvers, records, before, pushed, happened }),
  )
  return isLookedFor || !leftAtOnce ? evidence : { ...evidence, left: leftAtOnce }
}

/**
 * Waits until every release that began has ended, and nothing has happened for a while; or until it is clear that none begins.
 * Resolves with what was left as soon as it was quiet: by chance somebody may clean up in that while.
 */
async function untilOver(
  world: World,
  executions: Executions,
  { releases, attend }: { releases: number; attend: () => Promise<void> },
): Promise<Evidence['left'] | undefined> {
  const { clock } = world.rehearsal
  const from = clock.now()
  const haveBegun = () => executions.started() >= releases || clock.now() - from > BEGINS_WITHIN_MS
  const isQuiet = () => haveBegun() && executions.areOver() && !isTelling(world.rehearsal, world.installation)
  let since = clock.now()
  let left: Evidence['left'] | undefined
  for (;;) {
    await attend()
    if (isQuiet()) left ??= await lookAtLeft(world)
    else {
      since = clock.now() + LOOK_MS
      left = undefined
    }
    if (clock.now() - since >= QUIET_MS) {
      if (await haveEnds(world)) return left
      since = clock.now()
      left = undefined
    }
    if (executions.all().size === 0 && haveBegun()) return undefined
    if (clock.now() - from > PATIENCE_MS) throw new Error(`it does not end: ${whatRuns(executions)}`)
    await clock.sleep(LOOK_MS)
  }
}

/** Whether the ledger has an end for every release. */
function haveEnds({ application: { app }, rehearsal: { clock } }: World): Promise<boolean> {
  return clock.during('look at the ledger', async () => {
    for (const release of await releasesOf(app)) if (!(await readEnd(release))) return false
    return true
  })
}

/** Whether people have still to be told something. */
function isTelling({ stack, sqs }: World['rehearsal'], { releaseMachine }: World['installation']): boolean {
  const [, , , region, account] = releaseMachine.split(':')
  return Object.entries(stack.resources)
    .filter(([id]) => /Tell\w+Queue[0-9A-F]{8}$/.test(id))
    .flatMap(([, url]) => sqs.queue(`arn:aws:sqs:${region}:${account}:${url.split('/').at(-1)}`) ?? [])
    .some(queue => (['visible', 'delayed', 'hidden'] as const).some(state => queue.count(state) > 0))
}

function whatRuns(executions: Executions): string {
  const running = [...executions.all()].filter(([, status]) => status === 'RUNNING').map(([arn]) => arn)
  return running.length > 0 ? running.join(', ') : 'no execution runs, and the ledger has no end'
}

function unfired(injected: readonly Injected[]): Played['broken'] {
  return injected
    .filter(({ fired }) => fired() === 0)
    .map(({ fault }) => ({ name: 'fired' as const, because: `${nameOf(fault)} did not happen` }))
}
