import type { Stage } from '../../domain/application.ts'
import { readService } from '../aws/ecs.ts'
import type { BeforeEntry } from '../aws/ledger.ts'

/** Running tasks of what served before the release, and of anything else. */
export interface TaskCount {
  previous: number
  other: number
  desired: number
}

/** Counts each service's running tasks by what they run. */
export async function countTasks(stage: Stage, before: BeforeEntry): Promise<Record<string, TaskCount>> {
  const counts: Record<string, TaskCount> = {}
  for (const { service } of stage.services) {
    const { deployments = [], desiredCount = 0 } = await readService(stage.cluster, service)
    const count = { previous: 0, other: 0, desired: desiredCount }
    for (const { taskDefinition, runningCount = 0 } of deployments) {
      const isPrevious = taskDefinition === before.services[service]?.taskDefinition
      count[isPrevious ? 'previous' : 'other'] += runningCount
    }
    counts[service] = count
  }
  return counts
}
