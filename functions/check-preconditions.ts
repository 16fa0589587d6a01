import * as z from 'zod'
import type { Service, Stage } from '../domain/application.ts'
import type { Migrate } from '../domain/database.ts'
import { type HeldStage, heldStage, type StageOf } from '../domain/identity.ts'
import type { PlannedImage } from '../domain/image.ts'
import { freed, leaseState, roundOf, voided } from '../domain/lock.ts'
import type { Plan } from '../domain/plan.ts'
import type { ContainerDigests } from '../domain/serving.ts'
import type { Served } from '../domain/stage-history.ts'
import { withImages } from '../domain/task-definition.ts'
import { questionNow } from './approval/question.ts'
import { changeApproval, readApproval } from './aws/approvals.ts'
import { openDeployments } from './aws/deployments.ts'
import { findImage, imageStatus } from './aws/ecr.ts'
import { findService, servingRevision } from './aws/ecs.ts'
import { announce } from './aws/events.ts'
import { type BeforeEntry, readBefore, recordBefore } from './aws/ledger.ts'
import { assertLease, changeLock, readLock } from './aws/lock.ts'
import { readQuarantine } from './aws/stage-ledger.ts'
import { readTaskDefinition } from './aws/task-definitions.ts'
import { baseOf, migrationBase } from './base-definition.ts'
import { failed } from './failure.ts'
import {
  announces,
  type Needs,
  readsDeployments,
  readsImages,
  readsTaskDefinitions,
  TELLING,
  tells,
  writesTable,
} from './permissions.ts'
import { called, imageOf, imagesFor, readStagePlan } from './stage-plan.ts'
import { done, step } from './step.ts'
import { tellUntilSent } from './tell.ts'

export const needs: Needs = {
  timeoutSeconds: 45,
  permissions: site => [
    writesTable(site),
    readsDeployments(site),
    readsTaskDefinitions,
    readsImages(site, ['ecr:BatchGetImage', 'ecr:DescribeImages']),
    announces(site),
    tells(site),
  ],
  environment: TELLING,
}

/** `round`: in which the stage was approved; 0 where nobody is asked. */
const input = heldStage.extend({ round: z.int().min(0) })

type Refused = { kind: 'refused'; because: string }
type Checked = { kind: 'ready'; before: Served } | Refused
const refused = (because: string): Refused => ({ kind: 'refused', because })

/**
 * After it, under the lock: every service can take the release, and the ledger holds what each served before it (revision,
 * digests) and which task definition the new one is copied from. A repetition finds that record and changes nothing. Where
 * the stage is no longer what was approved, it is `void`: the lease is given up, and people are asked again.
 */
export const handler = step({
  name: 'CheckPreconditions',
  input,
  run: async ({ round, ...held }) => {
    const lock = await readLock(held.app, held.stage)
    if (round > 0 && roundOf(lock, held.lease.holder) > round) return sayVoid({ ...held, round })
    await assertLease(held)
    const recorded = await readBefore(held)
    if (recorded) return ready(held, recorded)
    if (round > 0 && !(await isStillApproved({ ...held, round }))) return giveUp({ ...held, round })

    const { plan, stage } = await readStagePlan(held)
    const kept = await readQuarantine(held.app, held.stage, held.release)
    if (kept)
      return failed(
        'PreconditionFailed',
        `release ${held.release} (${plan.tag}) is quarantined at ${stage.name}: ${kept.reason}. ` +
          `When it may go there again: sluice lift ${held.app} ${stage.name} ${held.release}`,
      )
    const services: Record<string, Served> = {}
    for (const service of stage.services) {
      const unfit = await whyNotPullable(imageOf(plan, service))
      if (unfit) return failed('PreconditionFailed', unfit)
      const checked = await check(held, plan, stage, service)
      if (checked.kind === 'refused')
        return failed('PreconditionFailed', `${called(stage, service)}: ${checked.because}`)
      services[service.service] = checked.before
    }
    const migration = stage.migrate && (await checkMigration(plan, stage.migrate))
    if (migration?.kind === 'refused')
      return failed('PreconditionFailed', `${stage.name} migration: ${migration.because}`)
    const before = { at: Date.now(), services, ...(migration && { migration: migration.base }) }
    return ready(held, await recordBefore(held, before))
  },
})

/** From here on the stage is being changed, which people are told. */
async function ready({ app, release, attempt, stage }: HeldStage, { services }: BeforeEntry) {
  const { plan } = await readStagePlan({ app, release, attempt, stage })
  await tellUntilSent({ app, release, attempt, tag: plan.tag }, { kind: 'stage-started', stage })
  return done({ kind: 'ready', services: Object.keys(services).length })
}

type Round = HeldStage & { round: number }

/** Whether what was approved in this round is what would happen now. */
async function isStillApproved(of: Round): Promise<boolean> {
  const approval = await readApproval(of)
  return approval?.end?.kind === 'approved' && (await questionNow(of)).hash === approval.hash
}

/** The stage changed after it was approved: the round rises and the lease is given up in one write, and people are asked again. */
async function giveUp({ round, ...held }: Round) {
  const { app, stage, lease } = held
  const { next } = await changeLock(app, stage, lock => ({
    next: leaseState(lock, lease) === 'lost' ? undefined : freed(voided(lock, lease.holder, round)),
  }))
  if (!next) return failed('LeaseLost', `${stage} of ${app} belongs to somebody else; nothing was changed`)
  return sayVoid({ ...held, round })
}

/** What follows once the round has risen; a repetition does what an interruption left undone. */
async function sayVoid(of: Round) {
  const { app, stage } = of
  const because = `${stage} has changed since it was approved`
  await changeApproval(of, approval => ({
    next: approval.end?.kind === 'void' ? undefined : { ...approval, end: { kind: 'void', because, at: Date.now() } },
  }))
  await announce('Lock Freed', { app, stage })
  return done({ kind: 'void', services: 0 })
}

async function check(of: StageOf, plan: Plan, stage: Stage, service: Service): Promise<Checked> {
  const found = await findService(stage.cluster, service.service)
  if (!found)
    return refused(
      `cluster ${stage.cluster} has no active service of this name; create it, or correct the application file`,
    )
  const controller = found.deploymentController?.type ?? 'ECS'
  if (controller !== 'ECS') return refused(`its deployment controller is ${controller}; Sluice drives controller ECS`)
  const strategy = found.deploymentConfiguration?.strategy ?? 'ROLLING'
  if (strategy !== 'ROLLING')
    return refused(
      `its strategy in ECS is ${strategy}, and the application file says ${service.strategy}; make them agree`,
    )

  const [running] = await openDeployments(stage.cluster, service.service)
  if (running)
    return refused(`another deployment is running: ${running.arn}; let it end or stop it, then release again`)

  const serving = await servingRevision(found)
  if (!serving || !found.taskDefinition)
    return refused('ECS records no revision that serves; deploy the service once, then release again')
  const base = await baseOf(of.stage, service, found)
  const unfit = await whyNotCopyable(base, imagesFor(plan, service))
  if (unfit) return refused(unfit)
  return {
    kind: 'ready',
    before: {
      serviceArn: found.serviceArn ?? '',
      revisionArn: serving.arn,
      taskDefinition: serving.taskDefinition,
      digests: serving.digests,
      proof: await proofOf(imageOf(plan, service), service, serving.digests),
      base,
    },
  }
}

/** Undefined: a revision with these images (container → image) can be made of it. */
async function whyNotCopyable(base: string, images: Record<string, string>): Promise<string | undefined> {
  const revision = withImages((await readTaskDefinition(base)).definition, images)
  if (revision.kind === 'revision') return undefined
  return `task definition ${base} has no container ${revision.container}; correct the application file or the definition`
}

/** Undefined: it can be pulled. */
async function whyNotPullable({ repository, digest }: PlannedImage): Promise<string | undefined> {
  const status = await imageStatus(repository, digest)
  if (status === 'ACTIVE') return undefined
  return `image ${repository}@${digest} is ${status ?? 'gone'} in ECR and cannot be pulled; ${status ? 'restore it' : 'push it again'}`
}

/** `base`: what the revision of its task is copied from. Its image may be one that no service runs. */
async function checkMigration(plan: Plan, migrate: Migrate): Promise<{ kind: 'ready'; base: string } | Refused> {
  const unfit = await whyNotPullable(imageOf(plan, migrate))
  if (unfit) return refused(unfit)
  const base = await migrationBase(migrate)
  if (base === undefined)
    return refused(
      `no revision of task definition ${migrate.taskDefinition} is active but what Sluice registered; register it, or correct the application file`,
    )
  const lacking = await whyNotCopyable(base, imagesFor(plan, migrate))
  if (lacking) return refused(lacking)
  return { kind: 'ready', base }
}

/** What ECS may record for the same content: the digest that it had recorded, or one of its platforms'. */
async function proofOf(
  { repository }: PlannedImage,
  { container }: Service,
  digests: ContainerDigests,
): Promise<Served['proof']> {
  const recorded = digests[container]
  if (recorded === undefined) return {}
  const image = await findImage(repository, { digest: recorded })
  return { [container]: [recorded, ...(image?.platforms ?? [])] }
}
