import type { Stage } from '../domain/application.ts'
import {
  clusters,
  passesTaskRoles,
  readsTaskDefinitions,
  readsTasks,
  retiresTaskDefinitions,
  type Site,
  type Statement,
  stagesOf,
  tasksIn,
} from './permissions.ts'

/** What functions may do with tasks of our own and their task definitions. Each is nothing where no stage has such a task. */

/** The family of the tasks that a stage runs for one purpose; undefined where it runs none. */
type FamilyOf = (stage: Stage) => string | undefined

/** To run tasks of these families in their stages' clusters, as the first service there is placed, and to see them through. */
export function runsTasks(site: Site, familyOf: FamilyOf): Statement[] {
  const running = stagesWith(site, familyOf)
  if (running.length === 0) return []
  const firsts = running.flatMap(({ cluster, services: [first] }) => (first ? `${cluster}/${first.service}` : []))
  return [
    ...endsTasks(site, stage => familyOf(stage) !== undefined),
    { actions: ['ecs:DescribeServices'], resources: firsts.map(name => site.arn('ecs', `service/${name}`)) },
    {
      actions: ['ecs:RunTask'],
      resources: revisions(site, familyOf),
      conditions: { ArnEquals: { 'ecs:cluster': clusters(site, running) } },
      because: 'every revision of these families: each release registers its own, and users register new ones',
    },
    passesTaskRoles(site),
  ]
}

/** To see such tasks of these stages through to their ends, and to stop them: none is started. */
export function endsTasks(site: Site, has: (stage: Stage) => boolean): Statement[] {
  const stages = stagesOf(site).filter(has)
  if (stages.length === 0) return []
  return [
    readsTaskDefinitions,
    ...readsTasks(site, stages),
    {
      actions: ['ecs:StopTask'],
      resources: tasksIn(site, stages),
      conditions: { ArnEquals: { 'ecs:cluster': clusters(site, stages) } },
      because: 'tasks of these clusters; their ids are made by ECS',
    },
  ]
}

/** To register revisions of these families. */
export function registersRevisions(site: Site, familyOf: FamilyOf): Statement[] {
  const resources = revisions(site, familyOf)
  if (resources.length === 0) return []
  const because = 'revisions of these families; ECS numbers them'
  return [
    readsTaskDefinitions,
    { actions: ['ecs:RegisterTaskDefinition'], resources, because },
    {
      actions: ['ecs:TagResource'],
      resources,
      because,
      conditions: { StringEquals: { 'ecs:CreateAction': 'RegisterTaskDefinition' } },
    },
  ]
}

/** To take revisions of these families out of them. */
export function retiresRevisions(site: Site, familyOf: FamilyOf): Statement[] {
  if (stagesWith(site, familyOf).length === 0) return []
  return [readsTaskDefinitions, retiresTaskDefinitions]
}

const stagesWith = (site: Site, familyOf: FamilyOf) => stagesOf(site).filter(stage => familyOf(stage) !== undefined)

const revisions = (site: Site, familyOf: FamilyOf) =>
  [...new Set(stagesOf(site).flatMap(stage => familyOf(stage) ?? []))].map(family =>
    site.arn('ecs', `task-definition/${family}:*`),
  )
