import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn'
import { inWords } from '../../domain/field.ts'
import { releasesOf } from '../../functions/aws/ledger.ts'
import type { Step } from '../../functions/view/history.ts'
import { type ReleaseView, readReleaseView } from '../../functions/view/release-view.ts'
import type { World } from './world.ts'

/** An event on its way to whoever listens. */
export type Announced = Parameters<World['rehearsal']['events']['faults']>[0]

export interface Stagehand {
  readonly world: World
  /** Pushes a version of every image of the application, tagged with its name. */
  push(version: string): void
  /** Waits until that many releases have ended, with all that they led to; the oldest first. */
  untilEnded(releases: number): Promise<ReleaseView[]>
  /** Waits until the one release is in that state, for at least `forMs`. */
  untilIn(state: string, forMs: number): Promise<ReleaseView>
  stopExecution(executionArn: string, cause: string): Promise<void>
  /** Hands an event to start-release once more, as a bus that delivers at least once may. */
  deliverAgain(event: Announced): Promise<void>
}

/** Nothing that a scenario waits for takes longer, by the limits of the application file. */
const PATIENCE_MS = 3 * 3_600_000

/** Does what a scenario asks for, through the SDK. `look` is told of every view that is read meanwhile. */
export function createStagehand(world: World, look: (view: ReleaseView) => void): Stagehand {
  const { application, installation, rehearsal } = world
  const { clock } = rehearsal
  // A look a quarter of a second for people; in AWS time where nobody looks on.
  const pauseMs = Math.max(3_000, clock.speed * 250)

  const views = async (): Promise<ReleaseView[]> => {
    const entries = (await releasesOf(application.app)).sort((a, b) => a.order - b.order)
    const read: ReleaseView[] = []
    for (const entry of entries) read.push(await readReleaseView(entry, installation))
    return read
  }
  const until = async <T>(what: string, found: (views: ReleaseView[]) => T | undefined): Promise<T> => {
    const deadline = clock.now() + PATIENCE_MS
    for (;;) {
      const seen = await clock.during('look at the releases', views)
      const newest = seen.at(-1)
      if (newest) look(newest)
      const result = found(seen)
      if (result !== undefined) return result
      if (clock.now() > deadline) throw new Error(`${what}: not within ${inWords(PATIENCE_MS)}; ${whereItStands(seen)}`)
      await clock.sleep(pauseMs)
    }
  }

  return {
    world,
    push(version) {
      for (const repository of Object.values(application.images)) world.push({ repository, version, tag: version })
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
    stopExecution: (executionArn, cause) =>
      clock.during('stop an execution', async () => {
        await new SFNClient({}).send(new StopExecutionCommand({ executionArn, error: 'Stopped', cause }))
      }),
    deliverAgain: event =>
      clock.during('deliver an event again', async () => {
        const Payload = Buffer.from(JSON.stringify(event))
        const command = { FunctionName: installation.startRelease, InvocationType: 'Event', Payload } as const
        await new LambdaClient({}).send(new InvokeCommand(command))
      }),
  }
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
