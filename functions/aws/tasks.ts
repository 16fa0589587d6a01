import {
  ConflictException,
  type ContainerOverride,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RunTaskCommand,
  type RunTaskRequest,
  StopTaskCommand,
  type Task,
} from '@aws-sdk/client-ecs'
import { mayPass } from '../../domain/one-task.ts'
import { once } from '../environment.ts'
import { isRefusal } from '../failure.ts'

/** Tasks that belong to no service. */

const client = once(() => new ECSClient({}))

export interface NewTask {
  cluster: string
  /** ARN of the revision. */
  taskDefinition: string
  startedBy: string
  /** ECS runs one task for it, however often it is asked. */
  clientToken: string
  /** Where it runs. */
  placement: Pick<
    RunTaskRequest,
    'launchType' | 'platformVersion' | 'capacityProviderStrategy' | 'networkConfiguration'
  >
  override?: ContainerOverride
}

/** `refused`: there is no task; `isFinal`: nor will there be one. */
export type RunAnswer = { kind: 'runs'; task: string } | { kind: 'refused'; because: string; isFinal: boolean }

export async function runTask({ placement, override, ...task }: NewTask): Promise<RunAnswer> {
  try {
    const { tasks, failures } = await client().send(
      new RunTaskCommand({
        ...task,
        ...placement,
        count: 1,
        ...(override && { overrides: { containerOverrides: [override] } }),
      }),
    )
    const made = tasks?.[0]?.taskArn
    if (made) return { kind: 'runs', task: made }
    const { reason = 'ECS gives no reason', detail } = failures?.[0] ?? {}
    return { kind: 'refused', because: detail ? `${reason}: ${detail}` : reason, isFinal: !mayPass(reason) }
  } catch (error) {
    return refusal(error)
  }
}

function refusal(error: unknown): RunAnswer {
  const [task] = error instanceof ConflictException ? (error.resourceIds ?? []) : []
  // The same order as before in other words, since the service's network has changed: what was made then is the task.
  if (task) return { kind: 'runs', task }
  if (!isRefusal(error)) throw error
  return { kind: 'refused', because: `${error.name}: ${error.message}`, isFinal: true }
}

/**
 * The task of this family that was started by these words, running or not; stopped ones stay visible for an hour. Listed by
 * family, since ECS documents that a list by `startedBy` takes no other filter, such as that for stopped tasks.
 */
export async function findTask(cluster: string, family: string, startedBy: string): Promise<string | undefined> {
  for (const desiredStatus of ['RUNNING', 'STOPPED'] as const) {
    let nextToken: string | undefined
    do {
      const page = await client().send(new ListTasksCommand({ cluster, family, desiredStatus, nextToken }))
      const found = (await describe(cluster, page.taskArns ?? [])).find(task => task.startedBy === startedBy)
      if (found?.taskArn) return found.taskArn
      nextToken = page.nextToken
    } while (nextToken)
  }
  return undefined
}

/** Undefined when ECS does not show it: not yet, or no more. */
export async function describeTask(cluster: string, task: string): Promise<Task | undefined> {
  const [found] = await describe(cluster, [task])
  return found
}

async function describe(cluster: string, tasks: string[]): Promise<Task[]> {
  if (tasks.length === 0) return []
  return (await client().send(new DescribeTasksCommand({ cluster, tasks }))).tasks ?? []
}

/** `reason`: what ECS shows as `stoppedReason`. */
export async function stopTask(cluster: string, task: string, reason: string): Promise<void> {
  await client().send(new StopTaskCommand({ cluster, task, reason }))
}
