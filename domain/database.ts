import * as z from 'zod'
import type { Stage } from './application.ts'
import { choicesOf, isRestorable } from './database-choice.ts'
import { duration, ecsName, name } from './field.ts'
import type { Refuse } from './people.ts'

/** The database of a stage: what is backed up before it changes, how it changes, and what becomes of that on the way back. */

export const network = z
  .strictObject({
    subnets: z
      .array(
        z.string().regex(/^subnet-[0-9a-f]{8,17}$/, { error: 'must be the id of a subnet, such as subnet-0a1b2c3d' }),
      )
      .min(1)
      .max(16)
      .describe('Ids of the subnets.'),
    securityGroups: z
      .array(
        z.string().regex(/^sg-[0-9a-f]{8,17}$/, { error: 'must be the id of a security group, such as sg-0a1b2c3d' }),
      )
      .max(5)
      .default([])
      .describe('Ids of the security groups; those of the VPC where there is none.'),
    assignPublicIp: z.boolean().default(false).describe('Whether the task gets a public address.'),
  })
  .describe("Where a task of its own runs; that of the stage's first service where this is absent.")

const databaseId = z
  .string()
  .regex(/^(?=.{1,63}$)[A-Za-z](?:-?[A-Za-z0-9])*$/, {
    error:
      'must be the identifier of the database in RDS: up to 63 letters, digits and single hyphens, beginning with a letter',
  })
  .describe('Identifier of the DB instance or cluster in RDS.')

const keep = z
  .int()
  .min(1)
  .max(50)
  .default(5)
  .describe(
    'How many snapshots of this stage stay; older ones of ours are deleted once a release is through. The newest good one always stays.',
  )

const backupWithin = duration({ min: '5m', max: '24h' })
  .default(2 * 3_600_000)
  .describe('Longest time until the backup is there, with the wait for a database that is busy.')

const rds = { id: databaseId, keep, within: backupWithin }

const ofTask = {
  taskDefinition: ecsName.describe('Family of the task definition; its newest ACTIVE revision is used.'),
  container: ecsName.describe('The container of it that does the work.'),
  network: network.optional(),
}

export const backup = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('rds-instance'), ...rds }).describe('A snapshot of an RDS DB instance.'),
    z
      .strictObject({ kind: z.literal('rds-cluster'), ...rds })
      .describe('A snapshot of an Aurora or DocumentDB cluster.'),
    z
      .strictObject({
        kind: z.literal('task'),
        ...ofTask,
        bucket: z
          .string()
          .regex(/^(?!.*\.\.)(?!(?:\d+\.){3}\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, {
            error: 'must be the name of an S3 bucket',
          })
          .describe(
            'The bucket that the backup is in: the last line of the form s3://bucket/key that the task prints says where.',
          ),
        within: backupWithin,
      })
      .describe('An ECS task that makes the backup and prints where it is.'),
    z.strictObject({ kind: z.literal('none') }).describe('No backup.'),
  ])
  .describe('What is backed up before this stage changes.')

const down = z
  .strictObject({
    command: z
      .array(
        z
          .string()
          .min(1)
          .max(1_000)
          .refine(word => word.trim() !== '', { error: 'is blank; write a word' }),
      )
      .min(1)
      .max(20)
      .describe('The command that undoes the migration, word by word.'),
    image: z
      .enum(['previous', 'new'])
      .default('previous')
      .describe('Whose command it is: of the image that served before, or of the one that migrated.'),
  })
  .describe('How the migration is undone.')

export const migrate = z
  .strictObject({
    ...ofTask,
    image: name.describe('Name of the image under `images` that this container runs.'),
    within: duration({ min: '1m', max: '12h' })
      .default(15 * 60_000)
      .describe('Longest time of the migration; then its task is stopped, and the schema may be half migrated.'),
    onRollback: z
      .enum(['keep', 'down', 'restore', 'ask'])
      .default('keep')
      .describe(
        'What becomes of the database on the way back. `keep`: nothing; `down`: the command under `down` runs as a task; `restore`: a new database beside the running one, which a person switches to; `ask`: the approver chooses, for a rollback that a person starts.',
      ),
    down: down.optional(),
    restoreFrom: z
      .enum(['snapshot', 'moment'])
      .default('snapshot')
      .describe('What a restored database holds: the snapshot, or everything up to the moment before the migration.'),
  })
  .describe('A task on the new image that changes the schema before the services change.')

export type Backup = z.infer<typeof backup>
export type RdsBackup = Extract<Backup, { id: string }>
export type TaskBackup = Extract<Backup, { kind: 'task' }>
export type Migrate = z.infer<typeof migrate>
export type Network = z.infer<typeof network>
export type OnRollback = Migrate['onRollback']

/** What approvers may choose from where the file says `ask`. */
export type DatabaseChoice = Exclude<OnRollback, 'ask'>

/** All that ECS takes as overrides of a task, in characters of their JSON. */
const LONGEST_OVERRIDES = 8_192

/** What the way back asks of a database has to be possible: a command to run, a snapshot to restore, somebody to ask. */
export function checkDatabase(stage: Stage, images: string[], refuse: Refuse): void {
  const { backup, migrate, services, approval } = stage
  if (!migrate) return
  const { onRollback, down } = migrate
  const at = (field: string, ...said: [unknown, string]) => refuse(['migrate', field], ...said)
  if (images.length > 0 && !images.includes(migrate.image))
    at('image', migrate.image, `is not under images; write one of ${images.join(', ')}`)
  if (onRollback === 'down' && !down) at('down', undefined, 'is missing; write the command that undoes the migration')
  if (down && (onRollback === 'keep' || onRollback === 'restore'))
    at('down', down, `is not used with onRollback ${onRollback}; take it out, or write onRollback down or ask`)
  if (down) {
    const overrides = JSON.stringify({ containerOverrides: [{ name: migrate.container, command: down.command }] })
    const size = new TextEncoder().encode(overrides).length
    if (size > LONGEST_OVERRIDES)
      refuse(
        ['migrate', 'down', 'command'],
        down.command,
        `comes to ${size} characters, of which ECS takes ${LONGEST_OVERRIDES}; put it into a script in the image, and name that`,
      )
  }
  if (
    down?.image === 'previous' &&
    images.includes(migrate.image) &&
    !services.some(({ image }) => image === migrate.image)
  )
    at('down', down, `has no previous image: no service of this stage runs image ${migrate.image}; write image: new`)
  if (onRollback === 'restore' && !isRestorable(backup))
    at('onRollback', onRollback, 'needs a backup of kind rds-instance or rds-cluster in this stage; write one, or keep')
  if (onRollback === 'ask' && !approval)
    at('onRollback', onRollback, 'needs approvers to ask in this stage; write approval, or keep, down or restore')
  else if (onRollback === 'ask' && choicesOf(stage).length === 1)
    at(
      'onRollback',
      onRollback,
      'leaves nothing to choose; write down, or a backup of kind rds-instance or rds-cluster',
    )
}

/** A task definition says which database its tasks reach, so that two stages with two databases need two of them. */
export function checkFamilies(stages: Stage[], refuse: Refuse): void {
  stages.forEach(({ backup, migrate }, s) => {
    if (!migrate || !isRestorable(backup)) return
    const other = stages
      .slice(0, s)
      .find(
        stage =>
          stage.migrate?.taskDefinition === migrate.taskDefinition &&
          isRestorable(stage.backup) &&
          stage.backup.id.toLowerCase() !== backup.id.toLowerCase(),
      )
    if (other)
      refuse(
        ['stages', s, 'migrate', 'taskDefinition'],
        migrate.taskDefinition,
        `migrates the database of stage ${other.name}, and this stage backs up another; give each stage a family of its own`,
      )
  })
}
