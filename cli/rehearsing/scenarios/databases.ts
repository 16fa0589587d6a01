import { CreateDBClusterSnapshotCommand, CreateDBSnapshotCommand, RDSClient } from '@aws-sdk/client-rds'
import { isRestorable } from '../../../domain/database-choice.ts'
import { ownTasks } from '../own-tasks.ts'
import type { Stagehand } from '../stagehand.ts'
import { reasonLacks } from './last-stage.ts'
import { pushing, type Scenario } from './scenario.ts'

/** Longer than a snapshot takes, shorter than anybody's patience. */
const BUSY_MS = 12 * 60_000

/** Backups and migrations: what goes wrong with them leaves the services as they were. */
export const DATABASES: Record<string, Scenario> = {
  'failed-migration': {
    shows: 'a migration that the data does not allow: the release ends before any service changes',
    outcome: 'failed',
    executions: 1,
    needs: 'migration',
    async play(hand) {
      await pushing('v2-failing-migration')(hand)
      return [
        ...(await reasonLacks(hand, 'exit code 1', 'Its last lines: ', nameOfBackup(hand))),
        ...ranOnce(hand, [1]),
      ]
    },
  },
  'migration-hangs': {
    shows: 'a migration that does not come to its end is stopped at its limit',
    outcome: 'failed',
    executions: 1,
    needs: 'migration',
    async play(hand) {
      await pushing('v2-slow-migration')(hand)
      return [...(await reasonLacks(hand, 'half migrated', nameOfBackup(hand))), ...ranOnce(hand)]
    },
  },
  'migration-killed': {
    shows: "somebody's machine kills the migration: it has failed, and is not run again",
    outcome: 'failed',
    executions: 1,
    needs: 'migration',
    async play(hand) {
      hand.push('v2-slow-migration')
      const running = await hand.until('the migration to run', async () =>
        ownTasks(hand.world.rehearsal).find(({ isRunning }) => isRunning),
      )
      hand.world.rehearsal.ecs.kill(running.arn)
      await hand.untilEnded(1)
      return [...(await reasonLacks(hand, '137', nameOfBackup(hand))), ...ranOnce(hand, [137])]
    },
  },
  'backup-fails': {
    shows: 'the snapshot fails: nothing is migrated, nothing is deployed',
    outcome: 'failed',
    executions: 1,
    needs: 'snapshot',
    async play(hand) {
      hand.world.rehearsal.rds.failNextSnapshot()
      await pushing('v2')(hand)
      return [...(await reasonLacks(hand, 'snapshot', 'failed')), ...nothingRan(hand)]
    },
  },
  retried: {
    shows:
      "the last stage's snapshot fails, and a person has the release tried again: what has migrated is not migrated again",
    ...{ about: 1, outcome: 'released', executions: 2, needs: 'snapshot' },
    async play(hand) {
      const { stages } = hand.world.application
      const { rds } = hand.world.rehearsal
      hand.push('v2')
      // The snapshot of the first stage has been made by then.
      const [first, next] = stages
      if (first && next) await hand.untilAt(first.name, 'RunMigrations', 0)
      rds.failNextSnapshot()
      const [failed] = await hand.untilEnded(1)
      if (!failed) return ['no release was started']
      await hand.retry(failed)
      await hand.untilEnded(2)
      const left = rds.snapshots().filter(({ status }) => status === 'failed')
      return [
        ...(failed.end?.outcome === 'failed' ? [] : [`the first attempt ended ${failed.end?.outcome}, not failed`]),
        ...left.map(({ id }) => `the snapshot ${id} that failed is still there`),
      ]
    },
  },
  'backup-quota': {
    shows: 'the account may have no more snapshots: the release ends before anything changes',
    outcome: 'failed',
    executions: 1,
    needs: 'snapshot',
    async play(hand) {
      const { rds } = hand.world.rehearsal
      await snapshotByHand(hand, 'before-the-holidays')
      Object.assign(rds.quota, { snapshots: 1, clusterSnapshots: 1 })
      await pushing('v2')(hand)
      return [...(await reasonLacks(hand, '1 of the 1', 'quota')), ...nothingRan(hand)]
    },
  },
  'database-busy': {
    shows: 'the database is being changed by AWS itself: the backup waits until that is over',
    outcome: 'released',
    executions: 1,
    needs: 'snapshot',
    async play(hand) {
      const { rds } = hand.world.rehearsal
      const sources = hand.world.application.stages.flatMap(({ backup }) =>
        isRestorable(backup) ? backup.id.toLowerCase() : [],
      )
      for (const id of new Set(sources)) rds.busy(id, BUSY_MS)
      await pushing('v2')(hand)
      const [view] = await hand.views()
      const backup = view?.stages[0]?.steps.find(({ name }) => name === 'BackUpDatabase')
      const waited = backup?.to === undefined ? 0 : backup.to - backup.from
      return waited > BUSY_MS / 2 ? [] : [`the backup did not wait: it took ${waited} ms`]
    },
  },
}

/** Somebody makes a snapshot of the first stage's database; resolves when it is there. */
async function snapshotByHand({ world, until }: Stagehand, id: string): Promise<void> {
  const { backup } = world.application.stages[0] ?? {}
  const { clock, rds } = world.rehearsal
  await clock.during('make a snapshot by hand', () =>
    backup?.kind === 'rds-cluster'
      ? new RDSClient({}).send(
          new CreateDBClusterSnapshotCommand({ DBClusterIdentifier: backup.id, DBClusterSnapshotIdentifier: id }),
        )
      : new RDSClient({}).send(
          new CreateDBSnapshotCommand({ DBInstanceIdentifier: sourceOf(world), DBSnapshotIdentifier: id }),
        ),
  )
  await until('the snapshot by hand', async () =>
    rds.snapshots().find(snapshot => snapshot.id === id && snapshot.status === 'available'),
  )
}

/** The backup of the first stage, as RDS calls it. */
function nameOfBackup({ world }: Stagehand): string {
  const source = sourceOf(world)
  return world.rehearsal.rds.snapshots().find(snapshot => snapshot.source === source)?.id ?? source
}

/** The database of the first stage; empty where no snapshot is made of one. */
function sourceOf({ application: { stages } }: Stagehand['world']): string {
  const backup = stages[0]?.backup
  return isRestorable(backup) ? backup.id.toLowerCase() : ''
}

/** One task ran, with these exit codes where they are named. */
function ranOnce({ world }: Stagehand, exitCodes?: number[]): string[] {
  const ran = ownTasks(world.rehearsal)
  const codes = ran.flatMap(task => task.exitCodes)
  return [
    ...(ran.length === 1 ? [] : [`${ran.length} tasks ran, not 1`]),
    ...(exitCodes === undefined || `${codes}` === `${exitCodes}` ? [] : [`they ended with ${codes}, not ${exitCodes}`]),
  ]
}

function nothingRan({ world }: Stagehand): string[] {
  const ran = ownTasks(world.rehearsal).length
  return ran === 0 ? [] : [`${ran} tasks ran, and none should`]
}
