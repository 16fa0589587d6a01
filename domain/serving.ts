/** Container name → digest of the image that it runs, as ECS recorded it. */
export type ContainerDigests = Record<string, string>

/** One task that ECS says is RUNNING. */
export interface RunningTask {
  arn: string
  taskDefinition: string
  digests: ContainerDigests
}

export interface ServingFacts {
  /** Task definition of the revision that serves, and the digests recorded for that revision. */
  revision: { taskDefinition: string; digests: ContainerDigests }
  desired: number
  running: RunningTask[]
}

export interface ExpectedService {
  /** The one task definition that may run. */
  taskDefinition: string
  /** Container → the digests that prove the expected image. */
  digests: Record<string, string[]>
}

export type Verdict =
  | { kind: 'proven'; tasks: number }
  | { kind: 'not-yet'; because: string }
  | { kind: 'wrong'; because: string }

/**
 * Whether what runs is what was meant: every running task and the serving revision have an expected digest in each named
 * container. Tasks of another revision are still being replaced; a wrong digest in the right revision never mends itself.
 */
export function compareServing(expected: ExpectedService, facts: ServingFacts): Verdict {
  const wrongIn = (digests: ContainerDigests) =>
    Object.entries(expected.digests).find(([container, allowed]) => !allowed.includes(digests[container] ?? ''))
  const ours = facts.running.filter(task => task.taskDefinition === expected.taskDefinition)
  for (const task of ours) {
    const wrong = wrongIn(task.digests)
    if (wrong)
      return {
        kind: 'wrong',
        because: `task ${last(task.arn)} runs ${wrong[0]} at ${task.digests[wrong[0]] ?? 'no digest'}, not ${wrong[1][0]}`,
      }
  }
  if (facts.revision.taskDefinition !== expected.taskDefinition)
    return {
      kind: 'not-yet',
      because: `the revision that serves is ${last(facts.revision.taskDefinition)}, not ${last(expected.taskDefinition)}`,
    }
  const wrong = wrongIn(facts.revision.digests)
  if (wrong)
    return {
      kind: 'wrong',
      because: `the revision that serves records ${wrong[0]} at ${facts.revision.digests[wrong[0]] ?? 'no digest'}, not ${wrong[1][0]}`,
    }
  const others = facts.running.length - ours.length
  if (others > 0)
    return { kind: 'not-yet', because: `${others} of ${facts.running.length} running tasks are of another revision` }
  if (ours.length < facts.desired) return { kind: 'not-yet', because: `${ours.length} of ${facts.desired} tasks run` }
  return { kind: 'proven', tasks: ours.length }
}

function last(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1)
}
