import type { Service, Stage } from '../domain/application.ts'
import { heldStage, type StageOf } from '../domain/identity.ts'
import type { PlannedImage } from '../domain/image.ts'
import type { Plan } from '../domain/plan.ts'
import type { ContainerDigests } from '../domain/serving.ts'
import { withImages } from '../domain/task-definition.ts'
import { findImage, imageStatus } from './aws/ecr.ts'
import { findService, openDeployments, readTaskDefinition, servingRevision } from './aws/ecs.ts'
import { readBefore, recordBefore, type ServedBefore } from './aws/ledger.ts'
import { assertLease } from './aws/lock.ts'
import { baseOf } from './base-definition.ts'
import { failed } from './failure.ts'
import { type Needs, readsDeployments, readsImages, readsTaskDefinitions, writesTable } from './permissions.ts'
import { called, imageOf, imagesFor, readStagePlan } from './stage-plan.ts'
import { done, step } from './step.ts'

export const needs: Needs = {
  timeoutSeconds: 45,
  permissions: site => [
    writesTable(site),
    readsDeployments(site),
    readsTaskDefinitions,
    readsImages(site, ['ecr:BatchGetImage', 'ecr:DescribeImages']),
  ],
}

type Checked = { kind: 'ready'; before: ServedBefore } | { kind: 'refused'; because: string }
const refused = (because: string): Checked => ({ kind: 'refused', because })

/**
 * After it, under the lock: every service can take the release, and the ledger holds what each served before it (revision,
 * digests) and which task definition the new one is copied from. A repetition finds that record and changes nothing.
 */
export const handler = step({
  name: 'CheckPreconditions',
  input: heldStage,
  run: async input => {
    await assertLease(input)
    const recorded = await readBefore(input)
    if (recorded) return done({ services: Object.keys(recorded.services).length })

    const { plan, stage } = await readStagePlan(input)
    const services: Record<string, ServedBefore> = {}
    for (const service of stage.services) {
      const image = imageOf(plan, service)
      const status = await imageStatus(image.repository, image.digest)
      if (status !== 'ACTIVE')
        return failed(
          'PreconditionFailed',
          `image ${image.repository}@${image.digest} is ${status ?? 'gone'} in ECR and cannot be pulled; ${status ? 'restore it' : 'push it again'}`,
        )
      const checked = await check(input, plan, stage, service)
      if (checked.kind === 'refused')
        return failed('PreconditionFailed', `${called(stage, service)}: ${checked.because}`)
      services[service.service] = checked.before
    }
    await recordBefore(input, { at: Date.now(), services })
    return done({ services: stage.services.length })
  },
})

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
  const usable = withImages((await readTaskDefinition(base)).definition, imagesFor(plan, service))
  if (usable.kind === 'no-container')
    return refused(
      `task definition ${base} has no container ${usable.container}; correct the application file or the definition`,
    )
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

/** What ECS may record for the same content: the digest that it had recorded, or one of its platforms'. */
async function proofOf(
  { repository }: PlannedImage,
  { container }: Service,
  digests: ContainerDigests,
): Promise<ServedBefore['proof']> {
  const recorded = digests[container]
  if (recorded === undefined) return {}
  const image = await findImage(repository, { digest: recorded })
  return { [container]: [recorded, ...(image?.platforms ?? [])] }
}
