import { BatchDeleteImageCommand, CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr'
import type { Announced, Stagehand } from '../stagehand.ts'
import { pushing, type Scenario } from './scenario.ts'

/** How long nothing is waited for. */
const NOTHING_WITHIN_MS = 3 * 60_000

export const PUSHES: Record<string, Scenario> = {
  release: {
    shows: 'a good version is pushed and released',
    outcome: 'released',
    executions: 1,
    play: pushing('v2'),
  },
  'failed-smoke': {
    shows: 'a version that answers a smoke test with 500 goes back by itself',
    outcome: 'rolled-back',
    executions: 1,
    play: pushing('v2-failing-smoke'),
  },
  'never-starts': {
    shows: 'a version that exits at once goes back by itself, and no user notices',
    outcome: 'rolled-back',
    executions: 1,
    play: pushing('v2-never-starts'),
  },
  'stopped-execution': {
    shows: 'somebody stops the execution while it deploys; the stage is cleaned up',
    outcome: 'aborted',
    executions: 1,
    async play(hand) {
      hand.push('v2')
      const { executionArn = '' } = await hand.untilIn('DeployNewVersion', 20_000)
      await hand.stopExecution(executionArn, 'stopped by hand')
      await hand.untilEnded(1)
      return []
    },
  },
  'duplicate-push': {
    shows: 'the same event comes three times, and once more after the end: one release',
    outcome: 'released',
    executions: 1,
    async play(hand) {
      const pushes = listenFor(hand, isPushOfTag)
      hand.push('v2')
      const event = await firstOf(hand, pushes)
      await hand.deliverAgain(event)
      await hand.deliverAgain(event)
      await hand.untilEnded(1)
      await hand.deliverAgain(event)
      await hand.world.rehearsal.clock.sleep(NOTHING_WITHIN_MS)
      return []
    },
  },
  'untagged-push': {
    shows: 'an image is pushed without a tag: nothing starts',
    outcome: null,
    executions: 0,
    play: starting(nothing => {
      for (const repository of Object.values(nothing.world.application.images))
        nothing.world.push({ repository, version: 'v2' })
    }),
  },
  'foreign-repository': {
    shows: "somebody else's repository gets a push: nothing starts",
    outcome: null,
    executions: 0,
    play: starting(async ({ world }) => {
      const [of = ''] = Object.values(world.application.images)
      const repository = 'somebody-elses'
      await new ECRClient({}).send(new CreateRepositoryCommand({ repositoryName: repository }))
      world.push({ repository, version: 'v2', of, tag: 'v2' })
    }),
  },
  'delete-event': {
    shows: 'an old tag is deleted: nothing starts',
    outcome: null,
    executions: 0,
    earlier({ application, push }) {
      for (const repository of Object.values(application.images)) push({ repository, version: 'v3', tag: 'v0' })
    },
    play: starting(async ({ world }) => {
      for (const repositoryName of Object.values(world.application.images))
        await new ECRClient({}).send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageTag: 'v0' }] }))
    }),
  },
  'lost-events': {
    shows: 'no event arrives after the push: heartbeats find out',
    outcome: 'released',
    executions: 1,
    async play(hand) {
      hand.world.rehearsal.events.faults = event => (isPushOfTag(event) ? 'deliver' : 'drop')
      hand.push('v2')
      await hand.untilEnded(1)
      return []
    },
  },
}

/** Does something and gives whatever might start the time to do so. */
function starting(happen: (hand: Stagehand) => Promise<void> | void): Scenario['play'] {
  return async hand => {
    const { clock } = hand.world.rehearsal
    await clock.during('play', async () => happen(hand))
    await clock.sleep(NOTHING_WITHIN_MS)
    return []
  }
}

function isPushOfTag({ source, detail }: Announced): boolean {
  return source === 'aws.ecr' && detail['action-type'] === 'PUSH' && typeof detail['image-tag'] === 'string'
}

function listenFor({ world }: Stagehand, isWanted: (event: Announced) => boolean): Announced[] {
  const heard: Announced[] = []
  world.rehearsal.events.faults = event => {
    if (isWanted(event)) heard.push(event)
    return 'deliver'
  }
  return heard
}

async function firstOf({ world }: Stagehand, heard: Announced[]): Promise<Announced> {
  const [event] = heard
  if (!event) throw new Error(`no rule listens for a push to ${Object.values(world.application.images).join(', ')}`)
  return event
}
