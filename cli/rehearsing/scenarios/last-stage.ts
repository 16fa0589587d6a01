import { deploy, openDeployments } from '../../../functions/aws/deployments.ts'
import { listTasks, readService } from '../../../functions/aws/ecs.ts'
import { readTaskDefinition, registerTaskDefinition } from '../../../functions/aws/task-definitions.ts'
import { type Digests, servedBy } from '../report.ts'
import type { Stagehand } from '../stagehand.ts'
import type { Scenario } from './scenario.ts'

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

/** What is run there by itself: ARNs of the running tasks of every service. */
async function tasksThere(hand: Stagehand): Promise<Set<string>> {
  const { cluster = '', services = [] } = hand.world.application.stages.at(-1) ?? {}
  const running = await hand.world.rehearsal.clock.during('look at the tasks', () =>
    Promise.all(services.map(({ service }) => listTasks(cluster, service, 'RUNNING'))),
  )
  return new Set(running.flat().flatMap(({ taskArn }) => taskArn ?? []))
}

/** Plays it, and says which tasks run there afterwards that did not run before. */
export function startingNoTask(play: Scenario['play']): Scenario['play'] {
  return async hand => {
    const before = await tasksThere(hand)
    const misses = await play(hand)
    const started = [...(await tasksThere(hand))].filter(arn => !before.has(arn))
    return [...misses, ...started.map(arn => `the way back started task ${arn}`)]
  }
}

/** Which of these words the reason of the first release does not have. */
export async function reasonLacks(hand: Stagehand, ...words: string[]): Promise<string[]> {
  const [view] = await hand.views()
  const reason = view?.end?.reason ?? ''
  return words.filter(word => !reason.includes(word)).map(word => `the reason does not name ${word}: ${reason}`)
}

/** Somebody deploys there what Sluice knows nothing of: the same image with another environment. Resolves when it has begun. */
export async function deployByHand(hand: Stagehand): Promise<void> {
  const { cluster, service } = firstThere(hand)
  await hand.world.rehearsal.clock.during('deploy by hand', async () => {
    const { taskDefinition = '' } = await readService(cluster, service)
    const { definition, tags } = await readTaskDefinition(taskDefinition)
    const containerDefinitions = definition.containerDefinitions?.map(container => ({
      ...container,
      environment: [...(container.environment ?? []), { name: 'CHANGED', value: 'by hand' }],
    }))
    const byHand = await registerTaskDefinition({ ...definition, containerDefinitions }, tags)
    await deploy(cluster, service, byHand)
  })
}

/** The same. Resolves when it is up. */
export async function changeByHand(hand: Stagehand): Promise<void> {
  const { cluster, service } = firstThere(hand)
  await deployByHand(hand)
  await hand.until('the deployment by hand', async () =>
    (await openDeployments(cluster, service)).length === 0 ? true : undefined,
  )
}

/** The first service of that stage. */
export function firstThere({ world: { application } }: Stagehand): { cluster: string; service: string } {
  const { cluster = '', services: [first] = [] } = application.stages.at(-1) ?? {}
  return { cluster, service: first?.service ?? '' }
}
