import { listExecutions } from '../../../functions/aws/executions.ts'
import { releasesOf } from '../../../functions/aws/ledger.ts'
import { readTag } from '../../../functions/aws/pushes.ts'
import type { Announced, Stagehand } from '../stagehand.ts'
import type { Scenario } from './scenario.ts'

const MINUTE = 60_000
/** Every quarter of an hour somebody looks; the first look finds what was there before. */
const A_LOOK_MS = 15 * MINUTE
/** From one look to the next, with what the first image of a push waits for the others; and a little for each to be worked on. */
const LATEST_START_MS = A_LOOK_MS + 2 * MINUTE + MINUTE
const LATEST_END_MS = A_LOOK_MS + MINUTE

/** What no event tells is found all the same, later. */
export const LOST_EVENTS: Record<string, Scenario> = {
  'push-event-lost': {
    shows: 'nobody hears of a push: the next look at the images starts it, once',
    outcome: 'released',
    executions: 1,
    async play(hand) {
      await untilLookedAt(hand)
      lose(hand, isPush)
      const startedAfter = await untilStarted(hand)
      await hand.untilEnded(1)
      await hand.world.rehearsal.clock.sleep(2 * A_LOOK_MS)
      return later('the release started', startedAfter, LATEST_START_MS)
    },
  },
  'execution-end-lost': {
    shows: 'somebody stops the execution while it deploys, and nobody hears of it: the next look cleans up',
    outcome: 'aborted',
    executions: 1,
    async play(hand) {
      const { clock } = hand.world.rehearsal
      lose(hand, ({ source }) => source === 'aws.states')
      hand.push('v2')
      const { executionArn = '' } = await hand.untilIn('DeployNewVersion', 20_000)
      await hand.stopExecution(executionArn, 'stopped by hand')
      const stoppedAt = clock.now()
      const cleanedUpAfter = await hand.until('a clean-up', async () => {
        const [way] = await listExecutions(hand.world.installation.rollbackMachine)
        return way && Number(way.startDate) - stoppedAt
      })
      await hand.untilEnded(1)
      return later('the clean-up started', cleanedUpAfter, LATEST_END_MS)
    },
  },
  'all-events-lost': {
    shows: 'no event arrives at all, but for the clock: the looks and the heartbeats find out',
    outcome: 'released',
    executions: 1,
    async play(hand) {
      await untilLookedAt(hand)
      lose(hand, ({ source }) => source !== 'aws.events')
      const startedAfter = await untilStarted(hand)
      await hand.untilEnded(1)
      return later('the release started', startedAfter, LATEST_START_MS)
    },
  },
  'image-missing': {
    shows: 'one image of several is pushed, and nobody hears of it: nothing starts, and a look says what is missing',
    outcome: null,
    executions: 0,
    needs: 'several',
    async play(hand) {
      const { world } = hand
      const { clock } = world.rehearsal
      await untilLookedAt(hand)
      lose(hand, isPush)
      const [[, repository = ''] = [], ...others] = Object.entries(world.application.images)
      await clock.during('push', async () => world.push({ repository, version: 'v2', tag: 'v2' }))
      await clock.sleep(A_LOOK_MS + MINUTE)
      const { incomplete } = await clock.during('read the tag', () => readTag(world.application.app, 'v2'))
      const missing = incomplete?.missing.join(', ') ?? 'nothing'
      const expected = others.map(([name]) => name).join(', ')
      return missing === expected ? [] : [`the ledger says that v2 waits for ${missing}, not for ${expected}`]
    },
  },
  'pushed-again': {
    shows: 'a tag that was released is pushed again, image by image: one release more, with all that is new',
    about: 1,
    outcome: 'released',
    executions: 2,
    needs: 'several',
    async play(hand) {
      const { world } = hand
      const { clock } = world.rehearsal
      hand.push('v2')
      await hand.untilEnded(1)
      const pushed: string[] = []
      for (const repository of Object.values(world.application.images)) {
        await clock.during('push', async () => {
          pushed.push(world.push({ repository, version: 'v3', tag: 'v2' }).digest)
        })
        await clock.sleep(MINUTE)
      }
      const [, again, ...more] = await hand.untilEnded(2)
      const released = Object.values(again?.plan?.images ?? {}).map(({ digest }) => digest)
      return [
        ...(more.length > 0 ? [`${more.length} releases more than one`] : []),
        ...pushed.filter(digest => !released.some(one => one === digest)).map(digest => `${digest} is not released`),
      ]
    },
  },
}

const isPush = ({ source, detail }: Announced) => source === 'aws.ecr' && detail['action-type'] === 'PUSH'

function lose({ world }: Stagehand, isLost: (event: Announced) => boolean): void {
  world.rehearsal.events.faults = event => (isLost(event) ? 'drop' : 'deliver')
}

/** The first look at an application writes down what was there before: whatever is pushed from now on is a push. */
async function untilLookedAt({ world: { rehearsal } }: Stagehand): Promise<void> {
  await rehearsal.clock.sleep(A_LOOK_MS + MINUTE)
}

/** Pushes a good version, and resolves with how long it took until its release had started, ms. */
async function untilStarted(hand: Stagehand): Promise<number> {
  const { application, rehearsal } = hand.world
  const pushedAt = rehearsal.clock.now()
  hand.push('v2')
  const { at } = await hand.until('a release', async () => (await releasesOf(application.app))[0]?.started)
  return at - pushedAt
}

function later(what: string, afterMs: number, latestMs: number): string[] {
  return afterMs > latestMs ? [`${what} after ${Math.round(afterMs / MINUTE)} min, not ${latestMs / MINUTE}`] : []
}
