import type { Application, Stage } from './application.ts'
import type { Backup } from './database.ts'
import { parameterPath } from './image-parameter.ts'
import type { Plan } from './plan.ts'

/** What a file has to name for as long as a release of an earlier one needs it: roles are made from the file alone. */

/** `stage`: absent where it is of the application as a whole. `things`: as people call them. */
export interface NoLongerNamed {
  stage?: string
  things: string[]
}

/**
 * What the plan of a release names and the file does not, stage by stage; empty where the file still names all of it,
 * at whichever stage. What people are told by is not among it: that is read from the file as it is installed.
 */
export function noLongerNamed(
  plan: Pick<Plan, 'images' | 'stages'>,
  file: Pick<Application, 'images' | 'stages'>,
): NoLongerNamed[] {
  const named = new Set([...Object.values(file.images).map(repository), ...file.stages.flatMap(thingsOf)])
  const missing = (things: string[]) => [...new Set(things)].filter(thing => !named.has(thing))
  const all: NoLongerNamed[] = [
    { things: missing(Object.values(plan.images).map(image => repository(image.repository))) },
    ...plan.stages.map(stage => ({ stage: stage.name, things: missing(thingsOf(stage)) })),
  ]
  return all.filter(({ things }) => things.length > 0)
}

const repository = (name: string) => `repository ${name}`

function thingsOf(stage: Stage): string[] {
  const { cluster, services, after } = stage
  return [
    ...services.map(({ service }) => `service ${service} of cluster ${cluster}`),
    ...ofDatabase(stage),
    ...services.flatMap(({ imageParameter: name }) => (name === undefined ? [] : `parameter ${parameterPath(name)}`)),
    ...after.map(({ distribution }) => `distribution ${distribution}`),
  ]
}

function ofDatabase({ cluster, backup, migrate }: Stage): string[] {
  const mayRestore = migrate?.onRollback === 'restore' || migrate?.onRollback === 'ask'
  const things = backup ? ofBackup(backup, cluster, mayRestore) : []
  if (!migrate) return things
  const migration = `migration ${migrate.taskDefinition} in cluster ${cluster}`
  return [...things, migration, ...(migrate.down ? [`the way back of ${migration}`] : [])]
}

function ofBackup(backup: Backup, cluster: string, mayRestore: boolean): string[] {
  switch (backup.kind) {
    case 'none':
      return []
    case 'task':
      return [`backup ${backup.taskDefinition} in cluster ${cluster}`, `bucket ${backup.bucket}`]
    case 'rds-instance':
    case 'rds-cluster': {
      const database = `${backup.kind === 'rds-instance' ? 'DB instance' : 'DB cluster'} ${backup.id.toLowerCase()}`
      return [database, ...(mayRestore ? [`the restore of ${database}`] : [])]
    }
  }
}
