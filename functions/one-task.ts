import { createHash } from 'node:crypto'
import type { Service as EcsService, Task } from '@aws-sdk/client-ecs'
import type { Stage } from '../domain/application.ts'
import { familyIn, idIn } from '../domain/arn.ts'
import type { Network } from '../domain/database.ts'
import type { HeldStage } from '../domain/identity.ts'
import { judgeTask, mayBeAsked, type TaskFacts, type TaskLimit } from '../domain/one-task.ts'
import { STARTED_BY } from '../events/ecs-task-state-change.ts'
import {
  type OwnTask,
  readTask,
  recordAsked,
  recordIntent,
  recordRefusal,
  recordTask,
  recordTaskEnd,
  type TaskEntry,
} from './aws/database-ledger.ts'
import { readService } from './aws/ecs.ts'
import { assertHeld, assertLease } from './aws/lock.ts'
import { readTaskDefinition } from './aws/task-definitions.ts'
import { describeTask, findTask, type NewTask, runTask, stopTask } from './aws/tasks.ts'
import { logOfContainer } from './stopped-tasks.ts'
import type { Moment } from './waiting-step.ts'

export interface TaskOrder {
  own: OwnTask
  stage: Stage
  /** ARN of the revision; that of the first order stands. */
  taskDefinition: string
  /** The container that does the work. */
  container: string
  /** Instead of that container's own. */
  command?: string[]
  /** That of the stage's first service where there is none. */
  network: Network | undefined
}

/**
 * Starts a task, once at a stage, however often this is called and wherever it was interrupted: the intent is
 * written down first, and a repetition looks for what came of it before it asks ECS again, by the same token. Where ECS has no
 * room for it now the task has no ARN yet, and the next call asks again. Throws `LeaseLost` or `RollbackRequested` where there
 * is none to be found.
 */
export async function startTask(of: HeldStage, order: TaskOrder, { now }: Moment): Promise<TaskEntry> {
  const { own, stage, container, command } = order
  const known = (await readTask(of, own)) ?? (await intend(of, order, now))
  if (known.end) return known
  const entry = await withTask(of, own, known)
  if (entry.task !== undefined || !mayBeAsked(entry, { now, within: longest(order) })) return entry

  const task: NewTask = {
    ...{ cluster: entry.cluster, taskDefinition: entry.taskDefinition, startedBy: entry.startedBy },
    clientToken: tokenOf(of, own),
    placement: placementOf(await firstService(stage), order.network),
    ...(command && { override: { name: container, command } }),
  }
  const at = Date.now()
  if (!(await recordAsked(of, own, at))) return (await readTask(of, own)) ?? entry
  await assertLease(of)
  const answer = await runTask(task)
  if (answer.kind === 'runs') await recordTask(of, own, answer.task)
  else await recordRefusal(of, own, { at, refused: answer.because, isFinal: answer.isFinal })
  return (await readTask(of, own)) ?? entry
}

/** `task`: its ARN, once it is known. */
export type TaskLook = { kind: 'running'; task?: string } | NonNullable<TaskEntry['end']>

/**
 * Looks how the task is doing that `startTask` was called for. One that takes too long is stopped, and runs until it has
 * stopped; its end is written down at once, since ECS forgets a stopped task after an hour. Throws `LeaseLost` where it would
 * have to stop it.
 */
export async function lookAtTask(of: HeldStage, own: OwnTask, limit: TaskLimit): Promise<TaskLook> {
  const known = await readTask(of, own)
  if (!known) throw new Error(`no ${own} task was ever asked for at ${of.stage} by release ${of.release}`)
  if (known.end) return known.end
  const entry = await withTask(of, own, known)
  const { cluster, task } = entry
  const running: TaskLook = { kind: 'running', ...(task !== undefined && { task }) }
  const shown = task === undefined ? undefined : await describeTask(cluster, task)
  const verdict = judgeTask(entry, shown && (await factsOf(shown, entry.container)), limit)
  if (verdict.kind === 'running') return running
  if (verdict.kind === 'stop') {
    await assertHeld(of)
    if (task !== undefined) await stopTask(cluster, task, verdict.because)
    return running
  }
  const { kind, because, container } = verdict
  const log =
    task !== undefined && container !== undefined ? await logOfTask(entry.taskDefinition, container, task) : undefined
  const end = { kind, because, ...(log && { log: inWords(log) }), at: limit.now }
  if (await recordTaskEnd(of, own, end, entry)) return end
  return (await readTask(of, own))?.end ?? running
}

export interface TaskLog {
  group: string
  /** Absent where the container's log has no prefix: its streams cannot be told apart. */
  stream?: string
  /** In the CloudWatch console. */
  link: string
}

/** Where a container of a task logs; undefined where that is not CloudWatch. */
export async function logOfTask(taskDefinition: string, container: string, task: string): Promise<TaskLog | undefined> {
  const log = await logOfContainer(taskDefinition, container)
  if (!log) return undefined
  const { group, streams } = log
  const stream = streams && `${streams}/${idIn(task)}`
  return { group, ...(stream && { stream }), link: consoleLink(regionIn(task), group, stream) }
}

/** The console decodes twice, and writes its escapes with `$`. */
function consoleLink(region: string, group: string, stream: string | undefined): string {
  const escaped = (text: string) => encodeURIComponent(encodeURIComponent(text)).replaceAll('%', '$')
  const events = stream ? `/log-events/${escaped(stream)}` : ''
  return `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#logsV2:log-groups/log-group/${escaped(group)}${events}`
}

const regionIn = (arn: string) => arn.split(':')[3] ?? ''

const inWords = ({ group, stream, link }: TaskLog) => `${group}${stream ? `, stream ${stream}` : ''} (${link})`

async function intend(
  of: HeldStage,
  { own, stage, container, taskDefinition }: TaskOrder,
  at: number,
): Promise<TaskEntry> {
  await assertLease(of)
  const startedBy = `${STARTED_BY}${tokenOf(of, own)}`
  return recordIntent(of, own, { at, asked: { at }, cluster: stage.cluster, taskDefinition, container, startedBy })
}

/** 64 hexadecimal digits: as many as ECS allows. */
function tokenOf({ app, release, stage, attempt }: HeldStage, own: OwnTask): string {
  return createHash('sha256').update([app, release, stage, attempt, own].join('/')).digest('hex')
}

/** The same entry with the task that ECS has made for it, if its answer was lost. */
async function withTask(of: HeldStage, own: OwnTask, entry: TaskEntry): Promise<TaskEntry> {
  if (entry.task !== undefined) return entry
  const task = await findTask(entry.cluster, familyIn(entry.taskDefinition), entry.startedBy)
  if (task === undefined) return entry
  await recordTask(of, own, task)
  return { ...entry, task }
}

function longest({ own, stage: { backup, migrate } }: TaskOrder): number {
  const within = own === 'backup' ? backup && 'within' in backup && backup.within : migrate?.within
  if (!within) throw new Error(`the stage has no ${own} task`)
  return within
}

function firstService({ cluster, services }: Stage): Promise<EcsService> {
  const [first] = services
  if (!first) throw new Error(`cluster ${cluster} has no service of this stage`)
  return readService(cluster, first.service)
}

/** As the service's tasks are placed; but never on spot capacity, which AWS takes back at any moment. */
function placementOf(
  { launchType, platformVersion, capacityProviderStrategy = [], networkConfiguration }: EcsService,
  network: Network | undefined,
): NewTask['placement'] {
  const isFargate =
    launchType === 'FARGATE' ||
    capacityProviderStrategy.some(({ capacityProvider = '' }) => /^FARGATE/.test(capacityProvider))
  const where = network ? { awsvpcConfiguration: asEcsSays(network) } : networkConfiguration
  return {
    ...(isFargate && { launchType: 'FARGATE', ...(platformVersion !== undefined && { platformVersion }) }),
    ...(!isFargate &&
      (capacityProviderStrategy.length > 0 ? { capacityProviderStrategy } : launchType && { launchType })),
    ...(where && { networkConfiguration: where }),
  }
}

function asEcsSays({ subnets, securityGroups, assignPublicIp }: Network) {
  return { subnets, securityGroups, assignPublicIp: assignPublicIp ? ('ENABLED' as const) : ('DISABLED' as const) }
}

async function factsOf(task: Task, container: string): Promise<TaskFacts> {
  const { lastStatus = '', desiredStatus, startedAt, stoppingAt, createdAt, stopCode, stoppedReason } = task
  const hasEnded = task.containers?.some(({ exitCode }) => exitCode !== undefined) ?? false
  return {
    ...{ status: lastStatus, isStopping: desiredStatus === 'STOPPED' },
    hasStarted: startedAt !== undefined || hasEnded,
    createdAt: Number(createdAt ?? 0),
    ...(stoppingAt !== undefined && { stoppingAt: Number(stoppingAt) }),
    ...(stopCode !== undefined && { stopCode }),
    ...(stoppedReason !== undefined && { stoppedReason }),
    containers: lastStatus === 'STOPPED' ? await countingOf(task, container) : [],
  }
}

/** A container that does the work need not be essential to its task: a wrapper may well end with 0 though that failed. */
async function countingOf(
  { taskDefinitionArn = '', containers = [] }: Task,
  container: string,
): Promise<TaskFacts['containers']> {
  const { definition } = await readTaskDefinition(taskDefinitionArn)
  const counting = (definition.containerDefinitions ?? []).filter(
    ({ name, essential }) => essential !== false || name === container,
  )
  return counting.map(({ name = '' }) => {
    const { exitCode, reason } = containers.find(each => each.name === name) ?? {}
    return { name, ...(exitCode !== undefined && { exitCode }), ...(reason !== undefined && { reason }) }
  })
}
