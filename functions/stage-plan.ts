import type { Service, Stage } from '../domain/application.ts'
import type { StageOf } from '../domain/identity.ts'
import { type PlannedImage, pinned } from '../domain/image.ts'
import type { Plan } from '../domain/plan.ts'
import type { ExpectedService } from '../domain/serving.ts'
import { readPlan } from './aws/ledger.ts'

export interface StagePlan {
  plan: Plan
  stage: Stage
}

/** The stage of this release as it was planned. */
export async function readStagePlan(of: StageOf): Promise<StagePlan> {
  const plan = await readPlan(of)
  const stage = plan.stages.find(({ name }) => name === of.stage)
  if (!stage) throw new Error(`the plan of release ${of.release} has no stage ${of.stage}`)
  return { plan, stage }
}

/** What runs one of the release's images in one of its containers: a service, or the task of a migration. */
type Runs = Pick<Service, 'image' | 'container'>

export function imageOf(plan: Plan, { image: name }: Pick<Runs, 'image'>): PlannedImage {
  const image = plan.images[name]
  if (!image) throw new Error(`the plan of release ${plan.release} has no image ${name}`)
  return image
}

/** Container → image by digest, for the containers that this release changes. */
export function imagesFor(plan: Plan, runs: Runs): Record<string, string> {
  return { [runs.container]: pinned(imageOf(plan, runs)) }
}

/** Container → the digests that prove the planned image. */
export function plannedDigests(plan: Plan, service: Service): ExpectedService['digests'] {
  const image = imageOf(plan, service)
  return { [service.container]: [image.digest, ...image.platforms] }
}

/** `production demo-api`: how a service is called in a sentence. */
export function called(stage: Stage, service: Service): string {
  return `${stage.name} ${service.service}`
}
