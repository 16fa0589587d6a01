import { createHash } from 'node:crypto'
import type { Service } from '../../domain/application.ts'
import type { Difference, ProposedChange, ProposedMigration, Question } from '../../domain/approval.ts'
import { choicesOf } from '../../domain/database-choice.ts'
import { differences } from '../../domain/definition-difference.ts'
import { canonicalJson, type StageOf } from '../../domain/identity.ts'
import { withImages } from '../../domain/task-definition.ts'
import { baseOf, migrationBase } from '../aws/base-definition.ts'
import { readService, servingRevision } from '../aws/ecs.ts'
import { readTaskDefinition } from '../aws/task-definitions.ts'
import type { Site, Statement } from '../permissions.ts'
import { listsTaskDefinitions, readsServices, readsTaskDefinitions } from '../permissions.ts'
import { imageOf, imagesFor, readStagePlan, type StagePlan } from '../stage-plan.ts'
import { backedUp } from '../view/database.ts'

export const readsQuestion = (site: Site): Statement[] => [
  readsServices(site),
  readsTaskDefinitions,
  listsTaskDefinitions,
]

export interface Asked {
  question: Question
  /** SHA-256 of the question: approvals hold for exactly this one. */
  hash: string
}

/** What approvers of the stage would be asked now: it changes with what the stage runs, and with what would be deployed. */
export async function questionNow({ app, release, attempt, stage }: StageOf): Promise<Asked> {
  const of = { app, release, attempt, stage }
  const stagePlan = await readStagePlan(of)
  const services: ProposedChange[] = []
  for (const service of stagePlan.stage.services) services.push(await changeOf(of, stagePlan, service))
  const migration = await migrationOf(stagePlan)
  const question: Question = { ...of, tag: stagePlan.plan.tag, services, ...(migration && { migration }) }
  return { question, hash: createHash('sha256').update(canonicalJson(question)).digest('hex') }
}

async function changeOf(of: StageOf, { plan, stage }: StagePlan, service: Service): Promise<ProposedChange> {
  const found = await readService(stage.cluster, service.service)
  const serving = await servingRevision(found)
  const base = await baseOf(of, service, found)
  const live = serving?.taskDefinition ?? found.taskDefinition ?? ''
  const digest = serving?.digests[service.container]
  const image = imageOf(plan, service)
  return {
    service: service.service,
    container: service.container,
    image: service.image,
    live: { revision: serving?.arn ?? '', taskDefinition: live, ...(digest !== undefined && { digest }) },
    base,
    digest: image.digest,
    ...(image.revision !== undefined && { revision: image.revision }),
    differences: await differencesOf(live, base, service, imagesFor(plan, service)),
  }
}

/** What would become of the database; undefined where the stage migrates nothing. */
async function migrationOf({ plan, stage }: StagePlan): Promise<ProposedMigration | undefined> {
  const { migrate } = stage
  if (!migrate) return undefined
  const image = imageOf(plan, migrate)
  const backup = backedUp(stage)
  return {
    base: (await migrationBase(migrate)) ?? '',
    container: migrate.container,
    image: migrate.image,
    digest: image.digest,
    ...(backup && { backup }),
    onRollback: migrate.onRollback,
    ...(image.rollback !== undefined && { rollback: image.rollback }),
    choices: migrate.onRollback === 'ask' ? choicesOf(stage) : [],
  }
}

/** All but the image, which is shown by tag and digest. */
async function differencesOf(live: string, base: string, service: Service, images: Record<string, string>) {
  const before = (await readTaskDefinition(live)).definition
  const next = withImages((await readTaskDefinition(base)).definition, images)
  if (next.kind === 'no-container') return []
  const image = `containerDefinitions.${service.container}.image`
  return differences(before, next.definition)
    .filter(({ path }) => path !== image)
    .map(each => (ENVIRONMENT.test(each.path) ? veiled(each) : each))
}

const ENVIRONMENT = /^containerDefinitions\.[^.]+\.environment\./

/**
 * Values of variables may be secrets, wherever they should have been kept: the page shows that they differ, not what they
 * are. The hash covers them all the same, since no revision of a task definition ever changes.
 */
function veiled({ path, from, to }: Difference): Difference {
  return { path, ...(from !== undefined && { from: 'hidden' }), ...(to !== undefined && { to: 'hidden' }) }
}
