import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setUpAccount } from '../../apps/demo-fleet/account.ts'
import { findInstallation, type Installation } from '../../cli/installation.ts'
import { REHEARSALS } from '../../cli/rehearsing/kept.ts'
import { synthesize } from '../../cli/rehearsing/synth.ts'
import { listExecutions } from '../../functions/aws/executions.ts'
import { type Rehearsal, type RehearsalOptions, startRehearsal } from '../../rehearsal/index.ts'
import { createFleet, repositoryOf, type Simple, writeApplication, writeImage } from './applications.ts'

/** An account with one installation of many simple applications, whose services run. */
export interface Account {
  rehearsal: Rehearsal
  installation: Installation
  logDir: string
  /** Pushes an image that nobody has pushed before. */
  push(simple: Simple, tag: string): void
  /** Until there were so many executions of releases, and all have ended. */
  untilEnded(executions: number): Promise<void>
  stop(): Promise<void>
}

export interface AccountOptions extends Pick<RehearsalOptions, 'drive' | 'speed' | 'keepWarm'> {
  applications: Simple[]
  /** Tasks of each service. */
  tasks: number
}

/** AWS time in which new services become steady. */
const STEADY_MS = 5 * 60_000
const LOOK_MS = { paced: 1_000, jump: 30_000 }

export async function openAccount({ applications, tasks, ...pace }: AccountOptions): Promise<Account> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const files = applications.map(simple => writeApplication(folder, simple))
  const { directory: assembly } = await synthesize(files, join(REHEARSALS, 'bench'))
  const logDir = join(folder, 'logs')
  const rehearsal = await startRehearsal({ assembly, logDir, ...pace })
  const { clock, ecr, events } = rehearsal
  const stop = async () => {
    await rehearsal.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  const push = (repository: string, tag: string) =>
    void ecr.push({ repository, tag, folder: writeImage(join(folder, 'images'), `${repository}-${tag}`) })
  try {
    const deliver = events.faults
    events.faults = () => 'drop'
    const installation = await clock.during('find the stack', () =>
      findInstallation({ ...rehearsal.env, AWS_PROFILE: undefined, AWS_SESSION_TOKEN: undefined }),
    )
    await clock.during('set up the account', setUpAccount)
    for (const simple of applications) {
      await clock.during('create a fleet', () => createFleet(simple, { tasks, push }))
      // ECS takes no more than one new cluster and one new task definition a second.
      await clock.sleep(simple.stages.length * 1_000)
    }
    // A service without tasks is steady as soon as it was looked at.
    await clock.sleep(tasks > 0 ? STEADY_MS : 5_000)
    events.faults = deliver
    return {
      ...{ rehearsal, installation, logDir, stop },
      push: (simple, tag) => push(repositoryOf(simple), tag),
      async untilEnded(count) {
        for (;;) {
          await clock.sleep(LOOK_MS[clock.drive])
          const executions = await clock.during('look at the executions', () =>
            listExecutions(installation.releaseMachine),
          )
          if (executions.length >= count && executions.every(({ status }) => status !== 'RUNNING')) return
        }
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}
