import type { Task } from '@aws-sdk/client-ecs'
import { idIn } from '../domain/arn.ts'
import { listTasks } from './aws/ecs.ts'
import { readTaskDefinition } from './aws/task-definitions.ts'

/** Why a deployment failed, with what its tasks said. */
export async function withTasks(
  cluster: string,
  service: string,
  deployment: { taskDefinition: string } | undefined,
  because: string,
): Promise<string> {
  const why = deployment ? await whyTasksStopped(cluster, service, deployment.taskDefinition) : ''
  return `${because}${why && `; ${why}`}`
}

/** Why tasks of this task definition ended, in one clause with the exit code and the place of the log; empty if none did. */
async function whyTasksStopped(cluster: string, service: string, taskDefinition: string): Promise<string> {
  const stopped = (await listTasks(cluster, service, 'STOPPED')).filter(
    task => task.taskDefinitionArn === taskDefinition && (!isByScheduler(task) || isUnhealthy(task)),
  )
  const [latest] = stopped.sort((a, b) => Number(b.createdAt ?? 0) - Number(a.createdAt ?? 0))
  if (!latest) return ''
  const container = latest.containers?.find(({ exitCode, reason }) => exitCode || reason) ?? latest.containers?.[0]
  const why =
    container?.exitCode !== undefined && !isUnhealthy(latest)
      ? `container ${container.name} exited with code ${container.exitCode}`
      : (container?.reason ?? latest.stoppedReason ?? 'ECS gives no reason')
  const log = await logOf(latest, container?.name ?? '')
  return `${why}${log ? ` (log: ${log})` : ''}`
}

const isByScheduler = ({ stopCode }: Task) => stopCode === 'ServiceSchedulerInitiated'

/** Of the tasks that ECS itself stops, those that it did not want to go on; its code for them is that of every other. */
const isUnhealthy = (task: Task) => isByScheduler(task) && /failed .*health checks/i.test(task.stoppedReason ?? '')

/** `<group>, stream <prefix>/<container>/<task>`, where the container logs to CloudWatch. */
async function logOf(task: Task, container: string): Promise<string | undefined> {
  const log = await logOfContainer(task.taskDefinitionArn ?? '', container)
  const id = task.taskArn && idIn(task.taskArn)
  return log?.streams ? `${log.group}, stream ${log.streams}/${id}` : log?.group
}

/** The CloudWatch log group of a container, and what its streams' names begin with; undefined if it logs elsewhere. */
export async function logOfContainer(
  taskDefinition: string,
  container: string,
): Promise<{ group: string; streams?: string } | undefined> {
  const { definition } = await readTaskDefinition(taskDefinition)
  const options = definition.containerDefinitions?.find(({ name }) => name === container)?.logConfiguration?.options
  const [group, prefix] = [options?.['awslogs-group'], options?.['awslogs-stream-prefix']]
  return group === undefined ? undefined : { group, ...(prefix && { streams: `${prefix}/${container}` }) }
}
