import { deploy } from '../../../functions/aws/deployments.ts'
import { readService } from '../../../functions/aws/ecs.ts'
import { readTaskDefinition, registerTaskDefinition } from '../../../functions/aws/task-definitions.ts'
import { type Digests, servedBy } from '../report.ts'
import type { Stagehand } from '../stagehand.ts'

/** The stage whose users are counted. */
export function lastStage({ world: { application } }: Stagehand): string {
  return application.stages.at(-1)?.name ?? ''
}

/** Waits until every approver of that stage has got a link for each of so many questions: a state that is entered has not asked yet. */
export async function untilAsked(hand: Stagehand, questions: number): Promise<void> {
  const { approvers = [] } = hand.world.application.stages.at(-1)?.approval ?? {}
  await hand.until(`${questions} question(s) to have reached everybody`, async () =>
    hand.approvers.links().length >= approvers.length * questions ? true : undefined,
  )
}

/** What that stage serves now. */
export async function servedThere(hand: Stagehand): Promise<Digests> {
  const { application, rehearsal } = hand.world
  return (await rehearsal.clock.during('look at the fleet', () => servedBy(application)))[lastStage(hand)] ?? {}
}

/** Somebody deploys there what Sluice knows nothing of: the same image with another environment. Resolves when it is up. */
export async function changeByHand(hand: Stagehand): Promise<void> {
  const { application, rehearsal } = hand.world
  const stage = application.stages.at(-1)
  const [service] = stage?.services ?? []
  if (!stage || !service) return
  await rehearsal.clock.during('deploy by hand', async () => {
    const { taskDefinition = '' } = await readService(stage.cluster, service.service)
    const { definition, tags } = await readTaskDefinition(taskDefinition)
    const containerDefinitions = definition.containerDefinitions?.map(container => ({
      ...container,
      environment: [...(container.environment ?? []), { name: 'CHANGED', value: 'by hand' }],
    }))
    await deploy(
      stage.cluster,
      service.service,
      await registerTaskDefinition({ ...definition, containerDefinitions }, tags),
    )
  })
  await hand.until('the deployment by hand', async () => {
    const { deployments = [] } = await readService(stage.cluster, service.service)
    return deployments.length === 1 && deployments[0]?.rolloutState === 'COMPLETED' ? true : undefined
  })
}
