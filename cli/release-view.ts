import { type AttemptOf, type DigestSet, executionName } from '../domain/identity.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { Plan } from '../domain/plan.ts'
import {
  type BeforeEntry,
  type EndEntry,
  readBefore,
  readEnd,
  readPlanIfAny,
  readRelease,
  readStageEnd,
} from '../functions/aws/ledger.ts'
import { historyOf, listExecutions } from './executions.ts'
import { readHistory, type Step } from './history.ts'
import type { Installation } from './installation.ts'

export interface StageView {
  name: string
  /** Steps of the release, then those of its rollback. */
  steps: Step[]
  rollback: Step[]
  before?: BeforeEntry
  outcome?: Outcome
  reason?: string
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
  transitions: number
  /** Executions of the rollback machine that it led to. */
  rollbacks: number
}

/** Reads everything that is told about the attempt; undefined when the ledger has no such release. */
export async function readReleaseView(of: AttemptOf, installation: Installation): Promise<ReleaseView | undefined> {
  const entry = await readRelease(of)
  if (!entry) return undefined
  const { app, release, attempt, tag, digests, started } = entry
  const [plan, end] = [await readPlanIfAny(of), await readEnd(of)]
  const own = started ? readHistory(await historyOf(started.executionArn)) : { outside: [], stages: [], transitions: 0 }
  const rollbacks = await rollbacksOf(of, installation, started?.at ?? 0)
  const releases = started ? await listExecutions(installation.releaseMachine, started.at) : []
  const executions = [...releases.filter(({ executionArn }) => executionArn === started?.executionArn), ...rollbacks]
  const stops = executions.map(({ stopDate }) => stopDate?.getTime())
  const stoppedAt =
    stops.every(at => at !== undefined) && stops.length > 0 ? Math.max(...(stops as number[])) : undefined

  const stages: StageView[] = []
  let transitions = own.transitions
  for (const [at, { name }] of (plan?.stages ?? []).entries()) {
    const at_ = { ...of, stage: name }
    const [before, stageEnd] = [await readBefore(at_), await readStageEnd(at_)]
    const rollback: Step[] = []
    for (const { executionArn = '', name: called = '' } of rollbacks) {
      if (!called.startsWith(`${executionName(of)}-${name}-`)) continue
      const told = readHistory(await historyOf(executionArn))
      transitions += told.transitions
      rollback.push(...told.outside)
    }
    stages.push({
      name,
      steps: own.stages[at] ?? [],
      rollback,
      ...(before && { before }),
      ...(stageEnd && { outcome: stageEnd.outcome, reason: stageEnd.reason }),
    })
  }
  return {
    app,
    release,
    attempt,
    tag,
    digests,
    ...(started && { executionArn: started.executionArn, startedAt: started.at }),
    ...(plan && { plan }),
    outside: own.outside,
    stages,
    ...(end && { end }),
    ...(stoppedAt !== undefined && { stoppedAt }),
    transitions,
    rollbacks: rollbacks.length,
  }
}

/** Executions of the rollback machine that this attempt or its clean-up started, the oldest first. */
async function rollbacksOf(of: AttemptOf, { rollbackMachine }: Installation, since: number) {
  const all = await listExecutions(rollbackMachine, since)
  return all.filter(({ name }) => name?.startsWith(`${executionName(of)}-`)).reverse()
}
