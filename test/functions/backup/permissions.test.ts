import { describe, expect, test } from 'vitest'
import { applicationSchema } from '../../../domain/application.ts'
import {
  looksAtBackups,
  looksAtSnapshots,
  makesSnapshots,
  prunesSnapshots,
  restoresBeside,
} from '../../../functions/backup/permissions.ts'
import type { Site, Statement } from '../../../functions/permissions.ts'

const INSTANCE = { kind: 'rds-instance', id: 'Demo-DB' }
const CLUSTER = { kind: 'rds-cluster', id: 'demo-cluster' }
const TASK = { kind: 'task', taskDefinition: 'dump', container: 'dump', bucket: 'backups' }

function siteWith(...stages: object[]): Site {
  const services = [{ service: 'demo-api', container: 'api', image: 'api', strategy: 'rolling' }]
  const file = {
    ...{ app: 'demo', images: { api: 'demo-api' }, trigger: { tags: '^v' } },
    stages: stages.map((more, n) => ({ name: `stage${n}`, cluster: `cluster${n}`, services, ...more })),
  }
  const arn = (service: string, resource: string) => `arn:aws:${service}:eu-west-1:111122223333:${resource}`
  return { applications: [applicationSchema.parse(file)], arn } as Site
}

const migrating = (onRollback: string, taskDefinition = 'migrations') => ({
  migrate: { taskDefinition, container: 'migrate', image: 'api', onRollback },
})

/** `<action> <resource, without the account>` of all of them. */
const allowed = (statements: Statement[]) =>
  statements
    .flatMap(({ actions, resources }) =>
      actions.flatMap(action =>
        resources.map(resource => `${action} ${resource.replace('arn:aws:rds:eu-west-1:111122223333:', '')}`),
      ),
    )
    .toSorted()

describe('an installation without backups', () => {
  test.each([
    ['no backup', {}],
    ['none', { backup: { kind: 'none' } }],
  ])('with %s is allowed nothing', (_, stage) => {
    for (const statements of [looksAtSnapshots, makesSnapshots, prunesSnapshots, restoresBeside, looksAtBackups])
      expect(statements(siteWith(stage))).toEqual([])
  })
})

describe('snapshots', () => {
  test('are made of the named databases alone, under our names', () => {
    expect(allowed(makesSnapshots(siteWith({ backup: INSTANCE }, {})))).toEqual([
      'rds:AddTagsToResource snapshot:sluice-*',
      'rds:CreateDBSnapshot db:demo-db',
      'rds:CreateDBSnapshot snapshot:sluice-*',
      'rds:DescribeAccountAttributes *',
      'rds:DescribeDBInstances db:demo-db',
      'rds:DescribeDBSnapshots db:demo-db',
      'rds:DescribeDBSnapshots snapshot:sluice-*',
    ])
  })

  test('of clusters are another type', () => {
    const statements = makesSnapshots(siteWith({ backup: CLUSTER }))
    expect(allowed(statements)).toContain('rds:CreateDBClusterSnapshot cluster-snapshot:sluice-*')
    expect(allowed(statements).filter(each => / (db|snapshot):/.test(each))).toEqual([])
  })

  test('are looked for on the way back where a stage migrates', () => {
    expect(
      allowed(looksAtSnapshots(siteWith({ backup: INSTANCE, ...migrating('keep') }, { backup: CLUSTER }))),
    ).toEqual(['rds:DescribeDBSnapshots db:demo-db', 'rds:DescribeDBSnapshots snapshot:sluice-*'])
  })

  test('are deleted under our names alone', () => {
    expect(allowed(prunesSnapshots(siteWith({ backup: INSTANCE }, { backup: CLUSTER })))).toEqual([
      'rds:DeleteDBClusterSnapshot cluster-snapshot:sluice-*',
      'rds:DeleteDBSnapshot snapshot:sluice-*',
      'rds:DescribeDBClusterSnapshots cluster-snapshot:*',
      'rds:DescribeDBClusterSnapshots cluster:demo-cluster',
      'rds:DescribeDBSnapshots db:demo-db',
      'rds:DescribeDBSnapshots snapshot:*',
    ])
  })
})

describe('a database beside the running one', () => {
  test.each(['keep', 'none'])('is restored by nobody where that is not asked for: %s', onRollback => {
    const more = onRollback === 'none' ? {} : migrating(onRollback)
    expect(restoresBeside(siteWith({ backup: INSTANCE, ...more }))).toEqual([])
  })

  test('is written to under its own name alone', () => {
    const statements = restoresBeside(siteWith({ backup: INSTANCE, ...migrating('restore') }))
    expect(allowed(statements)).toContain('rds:RestoreDBInstanceFromDBSnapshot db:demo-db-*')
    expect(allowed(statements).filter(each => each.startsWith('rds:AddTags'))).toEqual([
      'rds:AddTagsToResource db:demo-db-*',
    ])
  })

  test('may have a key of its owners, which is used through RDS only', () => {
    const statements = restoresBeside(siteWith({ backup: INSTANCE, ...migrating('restore') }))
    const keys = statements.filter(({ actions }) => actions.some(action => action.startsWith('kms:')))
    expect(keys).toMatchObject([
      {
        actions: ['kms:CreateGrant', 'kms:DescribeKey'],
        conditions: { StringLike: { 'kms:ViaService': expect.stringMatching(/^rds\./) } },
      },
    ])
  })

  test('of a cluster has an instance', () => {
    const statements = restoresBeside(siteWith({ backup: CLUSTER, ...migrating('restore') }))
    expect(allowed(statements)).toContain('rds:CreateDBInstance db:demo-cluster-*')
    expect(allowed(statements)).toContain('rds:CreateDBInstance cluster:demo-cluster-*')
    expect(allowed(statements)).not.toContain('rds:CreateDBInstance cluster:demo-cluster')
  })
})

test('a backup of a task is looked at in its bucket alone', () => {
  expect(allowed(looksAtBackups(siteWith({ backup: TASK })))).toEqual([
    'ecs:ListTaskDefinitions *',
    'logs:GetLogEvents arn:aws:logs:eu-west-1:111122223333:log-group:*',
    's3:GetObject arn:aws:s3:::backups/*',
    's3:ListBucket arn:aws:s3:::backups',
  ])
})

test('whatever is named by a pattern says why', () => {
  const site = siteWith(
    { backup: INSTANCE, ...migrating('restore') },
    { backup: CLUSTER, ...migrating('restore', 'cluster-migrations') },
    { backup: TASK },
  )
  const statements = [looksAtSnapshots, makesSnapshots, prunesSnapshots, restoresBeside, looksAtBackups].flatMap(each =>
    each(site),
  )
  expect(statements.filter(({ resources, because }) => resources.some(each => each.includes('*')) && !because)).toEqual(
    [],
  )
})
