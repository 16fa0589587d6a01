import { STARTED_BY } from '../../events/ecs-task-state-change.ts'
import type { Rehearsal } from '../../rehearsal/index.ts'

/** A task that Sluice ran by itself, as ECS has it. */
export interface OwnTask {
  arn: string
  /** Of its task definition. */
  family: string
  /** What it ran instead of its definition's own command. */
  command: string[] | undefined
  isRunning: boolean
  /** Of its containers that ended. */
  exitCodes: number[]
}

/** Whatever became of them, the oldest first. */
export function ownTasks({ ecs }: Rehearsal): OwnTask[] {
  return ecs
    .tasksRun()
    .filter(({ startedBy }) => startedBy?.startsWith(STARTED_BY))
    .map(({ arn, group, lastStatus, commands, exitCodes }) => ({
      ...{ arn, family: group.replace('family:', ''), command: Object.values(commands)[0] },
      isRunning: lastStatus === 'RUNNING',
      exitCodes: Object.values(exitCodes).filter(code => code !== undefined),
    }))
}
