import type { Stage } from '../domain/application.ts'
import { releaseInput } from '../domain/identity.ts'
import type { PlannedImage } from '../domain/image.ts'
import type { Plan } from '../domain/plan.ts'
import { retryCommand } from '../domain/retry.ts'
import { applications } from './applications.ts'
import { claimedRollback, findImage } from './aws/ecr.ts'
import { readRelease, recordPlan } from './aws/ledger.ts'
import { failed } from './failure.ts'
import { type Needs, readsImages, TELLING, tells, usesTable } from './permissions.ts'
import { done, step } from './step.ts'
import { tell } from './tell.ts'

export const needs: Needs = {
  timeoutSeconds: 30,
  permissions: site => [
    usesTable(site, 'GetItem', 'PutItem'),
    readsImages(site, ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer']),
    tells(site),
  ],
  environment: TELLING,
  applications: true,
}

/**
 * After it: the ledger holds what this attempt deploys (each image's digest with those of its platforms) and through
 * which stages, as the application file stood. It says nothing about what the stages run today.
 */
export const handler = step({
  name: 'PlanRelease',
  input: releaseInput,
  run: async input => {
    const application = applications().find(({ app }) => app === input.app)
    if (!application)
      return failed(
        'PlanFailed',
        `application ${input.app} is not installed any more; deploy the stack with its file, then: ${retryCommand(input)}`,
      )
    const entry = await readRelease(input)
    if (!entry)
      return failed(
        'PlanFailed',
        `release ${input.release} is not in the ledger; push its tag again, or \`sluice push\` it`,
      )

    const images: Record<string, PlannedImage> = {}
    for (const [name, repository] of Object.entries(application.images)) {
      const wanted = input.digests[name]
      if (!wanted)
        return failed(
          'PlanFailed',
          `release ${input.release} has no image for ${name}; push all images with one tag again`,
        )
      const found = await findImage(repository, { digest: wanted })
      if (!found)
        return failed(
          'PlanFailed',
          `repository ${repository} has no image ${wanted}; push it again, then: ${retryCommand(input)}`,
        )
      const rollback = await claimedRollback(repository, found)
      images[name] = { name, repository, ...found, ...(rollback && { rollback }) }
    }
    const plan: Plan = await recordPlan({
      ...input,
      order: entry.order,
      queue: application.trigger.queue,
      images,
      stages: application.stages,
      notify: application.notify,
    })
    const { app, release, attempt, tag } = plan
    await tell({ app, release, attempt, tag }, { kind: 'release-started' })
    return done({ order: plan.order, stages: plan.stages.map(itemOf) })
  },
})

/**
 * What the state machine needs of a stage: for how many seconds its approvers are asked, what becomes of its database,
 * whether a green waits for users, and whether these are watched.
 */
function itemOf({ name, approval, backup, migrate, services, watch }: Stage) {
  return {
    name,
    asksFor: approval ? Math.ceil(approval.expiresAfter / 1_000) : 0,
    backsUp: backup !== undefined && backup.kind !== 'none',
    migrates: migrate !== undefined,
    shifts: services.some(({ strategy }) => strategy === 'blue-green'),
    watches: watch !== undefined,
  }
}
