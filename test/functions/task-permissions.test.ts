import { describe, expect, test } from 'vitest'
import { applicationSchema, type Stage } from '../../domain/application.ts'
import type { Site, Statement } from '../../functions/permissions.ts'
import { needs as restoresDatabase } from '../../functions/restore-database.ts'
import { needs as runsMigrations } from '../../functions/run-migrations.ts'
import { runsTasks } from '../../functions/task-permissions.ts'

const MIGRATE = { taskDefinition: 'demo-migrations', container: 'migrate', image: 'api' }
const DOWN = { down: { command: ['migrate', 'down'] } }

/** An installation of one application; each stage has a cluster of its own, with two services. */
function siteWith(...stages: object[]): Site {
  const services = ['demo-api', 'demo-web'].map(service => ({
    ...{ service, container: 'api', image: 'api', strategy: 'rolling' },
  }))
  const file = {
    ...{ app: 'demo', images: { api: 'demo-api' }, trigger: { tags: '^v' } },
    stages: stages.map((more, n) => ({ name: `stage${n}`, cluster: `demo-${n}`, services, ...more })),
  }
  const arn = (service: string, resource: string) => `arn:aws:${service}:eu-west-1:111122223333:${resource}`
  const others = { table: 'table', releaseMachine: 'release', rollbackMachine: 'rollback', notifications: 'topic' }
  const globalArn = (service: string, resource: string) => `arn:aws:${service}::111122223333:${resource}`
  return { applications: [applicationSchema.parse(file)], arn, globalArn, ...others } as Site
}

const actionsOf = (statements: Statement[]) => new Set(statements.flatMap(({ actions }) => actions))
const resourcesOf = (statements: Statement[], action: string) =>
  statements.filter(({ actions }) => actions.includes(action)).flatMap(({ resources }) => resources)
const familyOf = ({ migrate }: Stage) => migrate?.taskDefinition

describe('the permission to run tasks', () => {
  test('is none where no application runs any', () => {
    expect(runsTasks(siteWith({}), familyOf)).toEqual([])
  })

  test('is for the families that the application files name, in their clusters', () => {
    const statements = runsTasks(siteWith({}, { migrate: MIGRATE }), familyOf)
    expect(statements.find(({ actions }) => actions.includes('ecs:RunTask'))).toMatchObject({
      actions: ['ecs:RunTask'],
      resources: ['arn:aws:ecs:eu-west-1:111122223333:task-definition/demo-migrations:*'],
      conditions: { ArnEquals: { 'ecs:cluster': ['arn:aws:ecs:eu-west-1:111122223333:cluster/demo-1'] } },
    })
  })

  test('reads the first service of their stages alone, whose network they share', () => {
    const statements = runsMigrations.permissions(siteWith({}, { migrate: MIGRATE }))
    expect(statements.flatMap(({ resources }) => resources).filter(each => each.includes(':service'))).toEqual([
      'arn:aws:ecs:eu-west-1:111122223333:service/demo-1/demo-api',
    ])
  })

  test('sees the tasks of their own clusters alone', () => {
    const statements = runsMigrations.permissions(siteWith({}, { migrate: MIGRATE }))
    for (const action of ['ecs:DescribeTasks', 'ecs:StopTask'])
      expect(resourcesOf(statements, action)).toEqual(['arn:aws:ecs:eu-west-1:111122223333:task/demo-1/*'])
  })
})

describe('on the way back of a database', () => {
  const STARTS = ['ecs:RunTask', 'ecs:RegisterTaskDefinition', 'ecs:TagResource', 'iam:PassRole']

  test('no task may be started where the application file keeps what was migrated', () => {
    const actions = actionsOf(restoresDatabase.permissions(siteWith({ migrate: MIGRATE })))
    expect(STARTS.filter(action => actions.has(action))).toEqual([])
  })

  test('a task may be started where the application file has a command that undoes the migration', () => {
    const site = siteWith({ migrate: { ...MIGRATE, onRollback: 'down', ...DOWN } }, { migrate: MIGRATE })
    const statements = restoresDatabase.permissions(site)
    expect(STARTS.filter(action => actionsOf(statements).has(action))).toEqual(STARTS)
    const clusters = statements.find(({ actions }) => actions.includes('ecs:RunTask'))?.conditions?.ArnEquals
    expect(clusters).toEqual({ 'ecs:cluster': ['arn:aws:ecs:eu-west-1:111122223333:cluster/demo-0'] })
  })

  test('whatever still runs of a migration or a backup may be stopped', () => {
    const backup = { kind: 'task', taskDefinition: 'dump', container: 'dump', bucket: 'backups' }
    const site = siteWith({}, { migrate: MIGRATE }, { backup })
    expect(resourcesOf(restoresDatabase.permissions(site), 'ecs:StopTask')).toEqual([
      'arn:aws:ecs:eu-west-1:111122223333:task/demo-1/*',
      'arn:aws:ecs:eu-west-1:111122223333:task/demo-2/*',
    ])
  })
})
