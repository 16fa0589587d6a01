import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { listExecutions } from '../../../functions/aws/executions.ts'
import { type EndEntry, type ReleaseEntry, readEnd, releasesOf } from '../../../functions/aws/ledger.ts'
import { imageFolder } from '../fleet.ts'
import type { Stagehand } from '../stagehand.ts'
import { untilTold } from '../told.ts'
import type { World } from '../world.ts'
import { pushing, type Scenario } from './scenario.ts'

const MINUTE_MS = 60_000
/** How often somebody looks whether it is over. */
const LOOK_MS = 30_000
const OVER_WITHIN_MS = 12 * 3_600_000
const COMMITS = 200
/** The one that is under way when the storm begins, the one that comes next, and the newest. */
const MOST_RELEASED = 3

const KILLS = 20

export const STORMS: Record<string, Scenario> = {
  'push-storm': pushStorm(COMMITS),
  'host-killed-twenty-times': {
    shows: `the Lambda host is killed ${KILLS} times in the middle of the release: nobody notices`,
    outcome: 'released',
    executions: 1,
    drive: 'jump',
    async play(hand) {
      const killed = killingHosts(hand.world, KILLS)
      const missed = await pushing('v2')(hand)
      return [...missed, ...(killed() === KILLS ? [] : [`the host was killed ${killed()} times, not ${KILLS}`])]
    },
  },
}

/** Every commit of a busy minute is pushed under a tag of its own. */
export function pushStorm(commits: number): Scenario {
  return {
    shows: `${commits} commits are pushed within a minute: the newest is released, and those between give way`,
    about: commits - 1,
    outcome: 'released',
    executions: commits,
    usersPerSecond: 1 / 60,
    drive: 'jump',
    async play(hand) {
      await pushCommits(hand.world, commits)
      await untilOver(hand, commits)
      return amissAfter(await hand.world.rehearsal.clock.during('look at the ledger', () => endsOf(hand.world)))
    },
  }
}

/** Pushes images that differ in nothing but their commit, evenly over a minute. */
async function pushCommits({ application, ground, logDir, rehearsal: { clock, ecr } }: World, commits: number) {
  const repositories = Object.values(application.images)
  for (let commit = 1; commit <= commits; commit++) {
    const tag = `v${1_000 + commit}`
    for (const repository of repositories) {
      const folder = join(logDir, 'commits', repository, tag)
      cpSync(imageFolder(ground, repository, 'v2'), folder, { recursive: true, dereference: true })
      writeFileSync(join(folder, 'commit'), tag)
      ecr.push({ repository, folder, tag })
    }
    await clock.sleep(MINUTE_MS / commits)
  }
}

/** Until so many releases have ended and everybody was told; approvers answer meanwhile. A look at each release would take minutes. */
async function untilOver(hand: Stagehand, releases: number): Promise<void> {
  const { approvers, world } = hand
  const { clock } = world.rehearsal
  const until: Stagehand['until'] = async (what, found) => {
    const deadline = clock.now() + OVER_WITHIN_MS
    for (;;) {
      await approvers.attend()
      const result = await clock.during(what, found)
      if (result !== undefined) return result
      if (clock.now() > deadline) throw new Error(`${what}: not in time`)
      await clock.sleep(LOOK_MS)
    }
  }
  await until('the end of every release', async () => {
    const executions = await listExecutions(world.installation.releaseMachine)
    const isOver = executions.length >= releases && executions.every(({ status }) => status !== 'RUNNING')
    return isOver || undefined
  })
  await untilTold({ ...hand, until })
}

type Ended = ReleaseEntry & { end: EndEntry | undefined }

/** Every release by the ledger, the oldest first. */
async function endsOf({ application: { app } }: World): Promise<Ended[]> {
  const ended: Ended[] = []
  for (const entry of (await releasesOf(app)).sort((a, b) => a.order - b.order))
    ended.push({ ...entry, end: await readEnd(entry) })
  return ended
}

/** Of releases that were pushed one after the other, the oldest first. */
export function amissAfter(releases: Ended[]): string[] {
  const released = releases.filter(({ end }) => end?.outcome === 'released')
  const others = releases.filter(({ end }) => end?.outcome !== 'released')
  const [newest, last] = [releases.at(-1), released.toSorted((a, b) => (a.end?.at ?? 0) - (b.end?.at ?? 0)).at(-1)]
  const namesAnother = ({ release, end }: Ended) =>
    releases.some(other => other.release !== release && end?.reason.includes(other.release))
  return [
    ...(released.length <= MOST_RELEASED ? [] : [`${released.length} releases ran to the end`]),
    ...(last && last === newest ? [] : [`the newest is ${newest?.tag}, and the last to be released ${last?.tag}`]),
    ...others
      .filter(({ end }) => end?.outcome !== 'superseded')
      .map(({ tag, end }) => `${tag} ended ${end?.outcome}: ${end?.reason}`),
    ...others
      .filter(one => one.end?.outcome === 'superseded' && !namesAnother(one))
      .map(({ tag, end }) => `${tag} does not say by which it was superseded: ${end?.reason}`),
  ]
}

/**
 * Kills the host in the middle of so many invocations: of each function every second one, so that what is tried again for a
 * second time only succeeds. Returns how often it was killed so far.
 */
function killingHosts({ rehearsal: { lambda } }: World, times: number): () => number {
  const spared = new Set<string>()
  let killed = 0
  lambda.faults = ({ name }) => {
    // An approver whose answer is lost asks again; a rehearsed one does not.
    if (killed === times || name.includes('Pages')) return undefined
    if (spared.delete(name)) return undefined
    spared.add(name)
    killed++
    return 'kill-host'
  }
  return () => killed
}
