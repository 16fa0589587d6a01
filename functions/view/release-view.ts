import type { Approval } from '../../domain/approval.ts'
import type { AttemptOf, DigestSet } from '../../domain/identity.ts'
import type { Outcome } from '../../domain/outcome.ts'
import type { Plan } from '../../domain/plan.ts'
import { approvalsOf } from '../aws/approvals.ts'
import { newestTask, type Purpose, type TaskEntry } from '../aws/database-ledger.ts'
import { atOnce } from '../aws/dynamodb.ts'
import { historyOf, listExecutions } from '../aws/executions.ts'
import {
  type BeforeEntry,
  type EndEntry,
  ofRelease,
  type ReleaseEntry,
  readBefore,
  readEnd,
  readPlanIfAny,
  readStageEnd,
} from '../aws/ledger.ts'
import { rollbacksOf } from '../aws/stage-ledger.ts'
import { readWatched, type Watched } from '../aws/watched.ts'
import { readHistory, type Step, type Told } from './history.ts'
import { countTasks, type TaskCount } from './task-count.ts'
import { readShares, type Traffic } from './traffic.ts'
import { readTurn } from './turn.ts'

export interface StageView {
  name: string
  steps: Step[]
  /** Steps of the rollback machine, whoever started it. */
  rollback: Step[]
  before?: BeforeEntry
  /** What its approvers were asked last. */
  approval?: Approval
  /** Why nobody is asked yet, or whose turn it is, while it waits for that. */
  turn?: string
  /** Service → its tasks, while a step waits for them. */
  tasks?: Record<string, TaskCount>
  /** Service → the share of users that the new version has, while a step moves or watches them. */
  traffic?: Traffic
  /** What was seen of those users so far. */
  watched?: Watched
  /** What this attempt ran on the database, while a step waits for it. */
  ownTasks?: Partial<Record<Purpose, TaskEntry>>
  outcome?: Outcome
}

/** One attempt of a release, as execution histories and the ledger tell it. */
export interface ReleaseView extends AttemptOf {
  tag: string
  digests: DigestSet
  executionArn?: string
  startedAt?: number
  plan?: Plan
  /** Steps that belong to no stage. */
  outside: Step[]
  stages: StageView[]
  end?: EndEntry
  /** When the last of its executions ended; absent while one runs. */
  stoppedAt?: number
}

const NOTHING: Told = { outside: [], stages: [], transitions: 0 }

/** ARNs of the two machines, without a version. */
export interface Machines {
  releaseMachine: string
  rollbackMachine: string
}

/** Reads everything that is told about the attempt. */
export function readReleaseView(entry: ReleaseEntry, machines: Machines): Promise<ReleaseView> {
  return atOnce(ofRelease(entry), () => viewOf(entry, machines))
}

async function viewOf(entry: ReleaseEntry, machines: Machines): Promise<ReleaseView> {
  const { app, release, attempt, tag, digests, started } = entry
  const [plan, end] = [await readPlanIfAny(entry), await readEnd(entry)]
  const rollbacks = await waysBackOf(entry, plan, machines)
  const own = started ? readHistory(await historyOf(started.executionArn)) : NOTHING
  const stoppedAt = lastStop([...(started ? await itself(started, machines) : []), ...rollbacks])
  const stages: StageView[] = []
  for (const [at, { name }] of (plan?.stages ?? []).entries())
    stages.push(await stageView({ ...entry, stage: name }, own.stages[at] ?? [], rollbacks, { plan, end }))
  return {
    ...{ app, release, attempt, tag, digests, outside: own.outside, stages },
    ...(started && { executionArn: started.executionArn, startedAt: started.at }),
    ...(plan && { plan }),
    ...(end && { end }),
    ...(stoppedAt !== undefined && { stoppedAt }),
  }
}

/** Steps that wait for tasks to start and stop. */
const MOVING = ['DeployNewVersion', 'RestorePrevious']

/** Steps in which users come to the new version, or leave it. */
const SHIFTING = ['ShiftTraffic', 'WatchAlarms', 'CompleteDeployment', 'StopDeployments']

/** Steps that wait for a task of our own, which each may run. */
const RUNNING = { BackUpDatabase: 'backup', RunMigrations: 'migration', RestoreDatabase: 'down' } as const

interface Execution {
  arn: string
  name: string
  stoppedAt: number | undefined
}

async function stageView(
  of: ReleaseEntry & { stage: string },
  steps: Step[],
  rollbacks: (Execution & { stage: string })[],
  { plan, end }: { plan: Plan | undefined; end: EndEntry | undefined },
): Promise<StageView> {
  const [before, stageEnd] = [await readBefore(of), await readStageEnd(of)]
  const approval = (await approvalsOf(of)).at(-1)
  const rollback: Step[] = []
  for (const { arn, stage } of rollbacks)
    if (stage === of.stage) rollback.push(...readHistory(await historyOf(arn)).outside)
  // A release that ended before it held the lock has left no word of its own at the stage.
  const outcome = stageEnd?.outcome ?? (steps.length > 0 ? end?.outcome : undefined)
  const stage = plan?.stages.find(({ name }) => name === of.stage)
  const running = [...steps, ...rollback].find(({ state }) => state === 'running')?.name ?? ''
  const isAsked = running === 'RequestApproval' && approval && !approval.end
  const turn = isAsked ? undefined : await readTurn(of, running)
  const isMoving = MOVING.includes(running)
  const purpose = RUNNING[running as keyof typeof RUNNING]
  const watched = steps.some(({ name }) => name === 'WatchAlarms') ? await readWatched(of) : undefined
  const ownTask = purpose && (await newestTask(of, purpose))
  return {
    ...{ name: of.stage, steps, rollback },
    ...(before && { before }),
    ...(approval && { approval }),
    ...(turn && { turn }),
    ...(stage && before && isMoving && { tasks: await countTasks(stage, before) }),
    ...(stage && SHIFTING.includes(running) && { traffic: await readShares(stage) }),
    ...(watched && { watched }),
    ...(ownTask && { ownTasks: { [purpose]: ownTask } }),
    ...(outcome && { outcome }),
  }
}

async function itself(started: NonNullable<ReleaseEntry['started']>, { releaseMachine }: Machines) {
  const all = await executionsSince(releaseMachine, started.at)
  return all.filter(({ arn }) => arn === started.executionArn)
}

/** Executions that took this attempt back, whoever started them, the oldest first. */
async function waysBackOf(of: ReleaseEntry, plan: Plan | undefined, { rollbackMachine }: Machines) {
  const stages = new Map<string, string>()
  for (const { name: stage } of plan?.stages ?? [])
    for (const { name, release, attempt } of await rollbacksOf(of.app, stage))
      if (release === of.release && attempt === of.attempt) stages.set(name, stage)
  if (stages.size === 0) return []
  const all = await executionsSince(rollbackMachine, of.started?.at ?? 0)
  return all.reverse().flatMap(one => {
    const stage = stages.get(one.name)
    return stage === undefined ? [] : [{ ...one, stage }]
  })
}

async function executionsSince(machine: string, since: number): Promise<Execution[]> {
  const listed = await listExecutions(machine, since)
  return listed.map(({ executionArn = '', name = '', stopDate }) => ({
    arn: executionArn,
    name,
    stoppedAt: stopDate?.getTime(),
  }))
}

function lastStop(executions: Execution[]): number | undefined {
  const stops = executions.flatMap(({ stoppedAt }) => stoppedAt ?? [])
  return stops.length > 0 && stops.length === executions.length ? Math.max(...stops) : undefined
}
