import type { Stage } from '../../domain/application.ts'
import { isAddressable, lastAddress } from '../../domain/backup.ts'
import type { TaskBackup } from '../../domain/database.ts'
import type { HeldStage } from '../../domain/identity.ts'
import { retryCommand } from '../../domain/retry.ts'
import { readTask } from '../aws/database-ledger.ts'
import { lastLines } from '../aws/logs.ts'
import { lookAtObject } from '../aws/s3.ts'
import { activeRevisions, readTaskDefinition } from '../aws/task-definitions.ts'
import { StepFailure } from '../failure.ts'
import { logOfTask, lookAtTask, startTask } from '../one-task.ts'
import { logOfContainer } from '../stopped-tasks.ts'
import type { Moment } from '../waiting-step.ts'
import type { BackupLook } from './snapshot.ts'

/** CloudWatch shows a line seconds after it was printed, and some minutes after that at worst. */
const LOGS_WITHIN_MS = 5 * 60_000

/** Starts the task that makes the backup, once for this release at this stage; returns its ARN where there is one by now. */
export async function beginBackupTask(
  of: HeldStage,
  stage: Stage,
  backup: TaskBackup,
  moment: Moment,
): Promise<string[]> {
  const taskDefinition = (await readTask(of, 'backup'))?.taskDefinition ?? (await revisionOf(of, backup))
  const { container, network } = backup
  const { task } = await startTask(of, { own: 'backup', stage, taskDefinition, container, network }, moment)
  return task === undefined ? [] : [task]
}

/** The task has ended with 0, its log says where the backup is, and S3 has an object there that is newer than the task. */
export async function lookAtBackupTask(of: HeldStage, backup: TaskBackup, moment: Moment): Promise<BackupLook> {
  const look = await lookAtTask(of, 'backup', { now: moment.now, within: backup.within })
  const family = backup.taskDefinition
  if (look.kind === 'running') return { kind: 'open', for: `the backup task of ${family}` }
  if (look.kind !== 'succeeded') {
    const lines = look.log === undefined ? '' : ` (its last lines: ${look.log})`
    return failed(`the task of ${family} made no backup: ${look.because}${lines}; mend it, then: ${retryCommand(of)}`)
  }
  const { at, task = '', taskDefinition } = (await readTask(of, 'backup')) ?? { at: 0, taskDefinition: family }
  const found = await printed(of, { task, taskDefinition, since: at }, backup)
  if (found.kind !== 'failed' || moment.now - look.at >= LOGS_WITHIN_MS) return found
  return { kind: 'open', for: `the log of the backup task of ${family}` }
}

async function printed(
  of: HeldStage,
  { task, taskDefinition, since }: { task: string; taskDefinition: string; since: number },
  { bucket, container, taskDefinition: family }: TaskBackup,
): Promise<BackupLook> {
  const { group = '', stream = '' } = (await logOfTask(taskDefinition, container, task)) ?? {}
  const address = lastAddress(await lastLines(group, stream), bucket)
  const again = `then: ${retryCommand(of)}`
  const remedy = `mend the task, ${again}`
  if (!address)
    return failed(
      `the task of ${family} ended with 0, but printed no line s3://${bucket}/<key> (log: ${group}, stream ${stream}); ${remedy}`,
    )
  const id = `s3://${address.bucket}/${address.key}`
  const said = `the task of ${family} said that its backup is ${id}`
  if (!isAddressable(address.key))
    return failed(
      `${said}, a key that cannot be asked for; have the task choose one of at most 1,024 bytes without . and .. between slashes, ${again}`,
    )
  const object = await lookAtObject(address.bucket, address.key)
  if (object.kind === 'missing') return failed(`${said}, but nothing is there; ${remedy}`)
  if (object.kind === 'hidden')
    return failed(
      `${said}, but S3 does not say whether it is there (it answers ${object.status}); have the bucket in this region, and let its policy allow Sluice's function BackUpDatabase s3:GetObject and s3:ListBucket, ${again}`,
    )
  if (object.bytes === 0) return failed(`${said}, but that is empty; ${remedy}`)
  // S3 knows whole seconds.
  if (object.modifiedAt < Math.floor(since / 1_000) * 1_000)
    return failed(
      `${said}, but that was there before the task, since ${new Date(object.modifiedAt).toISOString()}; ${remedy}`,
    )
  return { kind: 'there', id, source: family }
}

/** The family's newest revision, if where the backup is can be read from its log. */
async function revisionOf(of: HeldStage, { taskDefinition: family, container }: TaskBackup): Promise<string> {
  const [newest] = await activeRevisions(family)
  if (!newest) throw refused(of, `task definition ${family} has no active revision; register one`)
  const { definition } = await readTaskDefinition(newest)
  if (!definition.containerDefinitions?.some(({ name }) => name === container))
    throw refused(of, `task definition ${family} has no container ${container}; correct backup.container`)
  const log = await logOfContainer(newest, container)
  if (!log?.streams)
    throw refused(
      of,
      `container ${container} of ${family} does not log to CloudWatch by streams of its own, where Sluice reads where the backup is; give it the log driver awslogs with awslogs-group and awslogs-stream-prefix`,
    )
  return newest
}

const refused = (of: HeldStage, because: string) =>
  new StepFailure('BackupFailed', `${of.stage}: ${because}, then: ${retryCommand(of)}`)

const failed = (because: string): BackupLook => ({ kind: 'failed', because })
