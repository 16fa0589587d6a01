import { randomUUID } from 'node:crypto'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn'
import { inWords } from '../../domain/field.ts'
import type { RetryRequest } from '../../events/retry-request.ts'
import { releasesOf } from '../../functions/aws/ledger.ts'
import type { Step } from '../../functions/view/history.ts'
import { type ReleaseView, readReleaseView } from '../../functions/view/release-view.ts'
import { type Answering, type Approvers, createApprovers, everybody, type ReceivedLink } from './approvers.ts'
import { versionsToPush } from './fleet.ts'
import type { World } from './world.ts'

/** An event on its way to whoever listens. */
export type Announced = Parameters<World['rehearsal']['events']['faults']>[0]

export interface Stagehand {
  readonly world: World
  readonly approvers: Approvers
  /** Pushes a version of every image of the application, tagged with its name. */
  push(version: string): void
  /** Waits until that many releases have ended, with all that they led to; the oldest first. */
  untilEnded(releases: number): Promise<ReleaseView[]>
  /** Waits until a release is in that state, for at least `forMs`. */
  untilIn(state: string, forMs: number): Promise<ReleaseView>
  /** The same, at that stage. */
  untilAt(stage: string, state: string, forMs: number): Promise<ReleaseView>
  /** Every release as it stands, the oldest first. */
  views(): Promise<ReleaseView[]>
  stopExecution(executionArn: string, cause: string): Promise<void>
  /** Asks for the next attempt of a release that has ended, as a person does. */
  retry(of: Pick<ReleaseView, 'app' | 'release'>): Promise<void>
  /** Starts a rollback as a person does, by plain StartExecution; resolves with the execution's ARN. */
  rollBack(request: { stage: string; reason: string; to?: string }): Promise<string>
  /** Waits until these executions have ended; resolves with status and outcome of each, and the cause of one that failed. */
  untilOver(executionArns: string[]): Promise<{ status: string; outcome: string; cause: string }[]>
  /** Looks again and again until there is something. */
  until<T>(what: string, found: () => Promise<T | undefined>): Promise<T>
  /** Hands an event to start-release once more, as a bus that delivers at least once may. */
  deliverAgain(event: Announced): Promise<void>
}

/** Nothing that a scenario waits for takes longer, by the limits of the application file: people are given a day. */
const PATIENCE_MS = 30 * 3_600_000

/** Does what a scenario asks for, through the SDK. `look` is told of every view that is read meanwhile. */
export function createStagehand(
  world: World,
  look: (view: ReleaseView) => void,
  { answering = everybody, onLink }: { answering?: Answering; onLink?: (link: ReceivedLink) => void } = {},
): Stagehand {
  const { application, installation, rehearsal } = world
  const { clock } = rehearsal
  const approvers = createApprovers(world, answering, onLink)
  // A look a quarter of a second for people; in AWS time where nobody looks on, and ever rarer while nothing happens.
  const pauseMs = Math.max(3_000, clock.speed * 250)
  const longestPauseMs = Math.max(pauseMs, 600_000)

  const views = async (): Promise<ReleaseView[]> => {
    const entries = (await releasesOf(application.app)).sort((a, b) => a.order - b.order)
    const read: ReleaseView[] = []
    for (const entry of entries) read.push(await readReleaseView(entry, installation))
    return read
  }
  let known: { at: string; views: ReleaseView[] } | undefined
  /** The same as they were read last where nothing has been done since. */
  const seenNow = async (): Promise<ReleaseView[]> => {
    const at = `${rehearsal.states.events()} ${doneBy(rehearsal)}`
    if (clock.drive === 'paced' || known?.at !== at)
      known = { at, views: await clock.during('look at the releases', views) }
    return known.views
  }
  const until = async <T>(
    what: string,
    found: (views: ReleaseView[]) => Promise<T | undefined> | T | undefined,
  ): Promise<T> => {
    const deadline = clock.now() + PATIENCE_MS
    let [seenBefore, pause] = ['', pauseMs]
    for (;;) {
      await approvers.attend()
      const seen = await seenNow()
      const newest = seen.at(-1)
      if (newest) look(newest)
      const result = await found(seen)
      if (result !== undefined) return result
      if (clock.now() > deadline) throw new Error(`${what}: not within ${inWords(PATIENCE_MS)}; ${whereItStands(seen)}`)
      const standing = whereItStands(seen)
      pause = standing === seenBefore ? Math.min(pause * 1.1, longestPauseMs) : pauseMs
      seenBefore = standing
      await clock.sleep(pause)
    }
  }

  const sfn = new SFNClient({})

  return {
    world,
    approvers,
    until: (what, found) => until(what, () => clock.during(what, found)),
    rollBack: ({ stage, reason, to }) =>
      clock.during('start a rollback', async () => {
        const input = JSON.stringify({ app: application.app, stage, reason, ...(to !== undefined && { to }) })
        const { executionArn = '' } = await sfn.send(
          new StartExecutionCommand({ stateMachineArn: installation.rollbackMachine, input }),
        )
        return executionArn
      }),
    untilOver: executionArns =>
      until('the end of executions', async () => {
        const ended: { status: string; outcome: string; cause: string }[] = []
        for (const executionArn of executionArns) {
          const {
            status = '',
            output,
            error = '',
            cause = '',
          } = await clock.during('look at an execution', () => sfn.send(new DescribeExecutionCommand({ executionArn })))
          if (status === 'RUNNING') return undefined
          ended.push({ status, outcome: output ? JSON.parse(output).outcome : error, cause })
        }
        return ended
      }),
    push(version) {
      const repositories = Object.values(application.images)
      for (const [repository, folder] of versionsToPush(world.ground, repositories, version))
        world.push({ repository, version: folder, tag: version })
    },
    untilEnded: releases =>
      until(`the end of ${releases} release(s)`, seen =>
        seen.length >= releases && seen.every(({ end, stoppedAt }) => end && stoppedAt !== undefined)
          ? seen
          : undefined,
      ),
    untilIn: (state, forMs) =>
      until(`state ${state}`, seen =>
        seen.find(view => stepsOf(view).some(step => isIn(step, state) && clock.now() - step.from >= forMs)),
      ),
    untilAt: (stage, state, forMs) =>
      until(`state ${state} of ${stage}`, seen =>
        seen.find(({ stages }) =>
          stages.some(
            ({ name, steps }) =>
              name === stage && steps.some(step => isIn(step, state) && clock.now() - step.from >= forMs),
          ),
        ),
      ),
    views: () => clock.during('look at the releases', views),
    retry: ({ app, release }) =>
      clock.during('ask for the next attempt', async () => {
        const request: RetryRequest = {
          ...{ id: randomUUID(), source: 'sluice', 'detail-type': 'Retry Requested' },
          detail: { app, release, reason: 'what stopped it is mended' },
        }
        const Payload = Buffer.from(JSON.stringify(request))
        await new LambdaClient({}).send(new InvokeCommand({ FunctionName: installation.startRelease, Payload }))
      }),
    stopExecution: (executionArn, cause) =>
      clock.during('stop an execution', async () => {
        await sfn.send(new StopExecutionCommand({ executionArn, error: 'Stopped', cause }))
      }),
    deliverAgain: event =>
      clock.during('deliver an event again', async () => {
        const Payload = Buffer.from(JSON.stringify(event))
        const command = { FunctionName: installation.startRelease, InvocationType: 'Event', Payload } as const
        await new LambdaClient({}).send(new InvokeCommand(command))
      }),
  }
}

/** How much the stack's roles have done. */
function doneBy({ access }: World['rehearsal']): number {
  return access.used().reduce((sum, { times }) => sum + times, 0)
}

function stepsOf({ outside, stages }: ReleaseView): Step[] {
  return [...outside, ...stages.flatMap(({ steps, rollback }) => [...steps, ...rollback])]
}

function isIn(step: Step, state: string): boolean {
  return step.name === state && step.state === 'running'
}

function whereItStands(views: ReleaseView[]): string {
  if (views.length === 0) return 'no release has started'
  return views
    .map(view => {
      const running = stepsOf(view).filter(({ state }) => state === 'running')
      const where = running.map(({ name }) => name).join(', ') || 'no state'
      return `release ${view.release} (${view.tag}) is in ${where}${view.end ? `, ended ${view.end.outcome}` : ''}`
    })
    .join('; ')
}
