import { describe, expect, test } from 'vitest'
import { applicationSchema } from '../../../domain/application.ts'
import type { TaskEntry } from '../../../functions/aws/database-ledger.ts'
import { databaseAwaited } from '../../../functions/view/database.ts'
import type { Step } from '../../../functions/view/history.ts'
import type { ReleaseView, StageView } from '../../../functions/view/release-view.ts'
import { detailOf } from '../../../functions/view/sentences.ts'
import { RELEASE } from '../release.ts'

const RDS = { kind: 'rds-instance', id: 'demo-db' }
const TASK = { kind: 'task', taskDefinition: 'demo-dump', container: 'dump', bucket: 'demo-dumps' }

/** A release whose one stage backs up and migrates its database. */
function releaseWith(backup: object): ReleaseView {
  const { stages } = applicationSchema.parse({
    app: 'demo',
    images: { api: 'demo-api' },
    trigger: { tags: '^v' },
    stages: [
      {
        name: 'production',
        cluster: 'demo',
        backup,
        migrate: { taskDefinition: 'demo-migrations', container: 'migrate', image: 'api' },
        services: [{ service: 'demo-api', container: 'api', image: 'api', strategy: 'rolling' }],
      },
    ],
  })
  const of = { app: 'demo', release: RELEASE, attempt: 2, tag: 'v2', digests: {} }
  return {
    ...of,
    plan: { ...of, order: 0, queue: 'supersede', images: {}, stages, notify: {} },
    outside: [],
    stages: [],
  }
}

const stageWith = (ownTasks: NonNullable<StageView['ownTasks']> = {}): StageView => ({
  ...{ name: 'production', steps: [], rollback: [], ownTasks },
})

const started: TaskEntry = {
  ...{ at: 0, cluster: 'demo', taskDefinition: 't:1', container: 'c', startedBy: 's', asked: { at: 0 } },
  task: `arn:aws:ecs:eu-west-1:111122223333:task/demo/${'4f1c9d2e'.repeat(4)}`,
}
const { task: _, ...intended } = started
const failed = { kind: 'failed', because: 'container c ended with exit code 1', at: 1 } as const

describe('what a step waits for that works on the database', () => {
  test.each<[string, string, object, StageView, string]>([
    [
      'a snapshot',
      'BackUpDatabase',
      RDS,
      stageWith(),
      `waits for snapshot sluice-demo-production-${RELEASE}-2 of demo-db`,
    ],
    ['a task that makes the backup', 'BackUpDatabase', TASK, stageWith({ backup: started }), 'task 4f1c9d2e… runs'],
    ['the start of its task', 'BackUpDatabase', TASK, stageWith(), 'waits for ECS to start its task'],
    [
      'a migration, with its limit',
      'RunMigrations',
      RDS,
      stageWith({ migration: started }),
      'task 4f1c9d2e… runs, for 15m at most',
    ],
    ['room for its task', 'RunMigrations', RDS, stageWith({ migration: intended }), 'waits for ECS to start its task'],
    [
      'what undoes a migration',
      'RestoreDatabase',
      RDS,
      stageWith({ down: started }),
      'task 4f1c9d2e… runs and undoes the migration',
    ],
    ['nothing of an earlier way back', 'RestoreDatabase', RDS, stageWith({ down: { ...started, end: failed } }), ''],
    ['nothing that is known', 'RestoreDatabase', RDS, stageWith(), ''],
    ['something else', 'DeployNewVersion', RDS, stageWith(), ''],
  ])('is %s', (_what, step, backup, stage, words) => {
    expect(databaseAwaited(step, stage, releaseWith(backup))).toBe(words)
  })
})

describe('what a step has done to the database', () => {
  test.each([
    ['BackUpDatabase', { kind: 'rds-instance', id: 'sluice-demo-production-1' }, 'sluice-demo-production-1'],
    ['RunMigrations', { ended: 'the task ended with 0' }, 'the task ended with 0'],
    ['RestoreDatabase', { database: 'undone', note: 'The migration was undone' }, 'The migration was undone'],
    ['RestoreDatabase', { database: 'nothing', note: '' }, 'nothing was done to it'],
  ])('%s %j', (name, output, words) => {
    const step: Step = { name, state: 'done', from: 0, to: 1, retries: 0, output }
    expect(detailOf(step, stageWith(), releaseWith(RDS))).toBe(words)
  })

  test('is told by its reason where it failed', () => {
    const because = JSON.stringify({
      errorType: 'MigrationFailed',
      errorMessage: 'container migrate exited with code 1',
    })
    const step: Step = { name: 'RunMigrations', state: 'failed', from: 0, to: 1, retries: 0, because }
    expect(detailOf(step, stageWith(), releaseWith(RDS))).toBe('container migrate exited with code 1')
  })
})
