import type { ServiceDeployment } from '@aws-sdk/client-ecs'
import { REGISTRY } from './fleet.ts'
import { PORT } from './front.ts'
import { checkedRelease, type Release } from './release.ts'
import { type Entry, enter } from './waiting.ts'
import { createWorld, type World } from './world.ts'

type File = NonNullable<Parameters<typeof createWorld>[0]>

/** The one service shifts traffic. */
export const blueGreen: File = file => {
  Object.assign(file.stages[0]?.services[0] ?? {}, { strategy: 'blue-green' })
}

/** A second service; its container runs the same image. */
export const withService =
  (service: string, strategy: 'rolling' | 'blue-green'): File =>
  file => {
    file.stages[0]?.services.push({ service, container: 'api', image: 'api', strategy })
  }

export const changed =
  (...changes: File[]): File =>
  file => {
    for (const change of changes) change(file)
  }

/** The services run the release's digests already. */
export async function runningIt(world: World): Promise<void> {
  const { digest } = world.push('v2', 'two')
  const containerDefinitions = [
    { name: 'api', image: `${REGISTRY}/demo-api@${digest}`, portMappings: [{ containerPort: PORT }] },
  ]
  await world.update({ taskDefinition: await world.register({ containerDefinitions }) })
  await world.settled()
}

/** The time of one deployment is short. */
export const quick: File = file => {
  Object.assign(file.stages[0] ?? {}, { deploy: { within: '5m' } })
}

export const grouped =
  (...groups: string[][]): File =>
  file => {
    Object.assign(file.stages[0] ?? {}, { groups })
  }

/** Two services that shift traffic, at once or one after the other. */
export const two = changed(blueGreen, withService('demo-web', 'blue-green'))
export const oneByOne = changed(two, grouped(['demo-web'], ['demo-api']))

export interface Greens {
  world: World
  release: Release
  /** Enters a step of the release; `shift`: that round of ShiftTraffic. */
  deploys(): Promise<Entry>
  shifts(shift: number): Promise<Entry>
  /** `since`: when that state was entered. */
  completes(since?: number): Promise<Entry>
  /** The service's newest deployment. */
  newest(service?: string): Promise<ServiceDeployment>
  /** Until ECS has it wait there. */
  pausedAt(stage: string, service?: string): Promise<void>
  /** Somebody answers its pauses in the console. */
  byHand(service?: string): Promise<void>
}

/** A release whose stage has blue-green services; nothing is deployed yet. */
export async function aGreenRelease(
  file: File = blueGreen,
  {
    before,
    content,
  }: { before?: (world: World) => Promise<void>; content?: Parameters<typeof checkedRelease>[1] } = {},
): Promise<Greens> {
  const world = await createWorld(file)
  await before?.(world)
  const release = await checkedRelease(world, content)
  const { ecs } = world.services
  const newest = async (service?: string) => {
    const [found] = await world.deployments(service)
    if (!found) throw new Error(`${service} was never deployed`)
    return found
  }
  const awaiting = ({ lifecycleHookDetails = [] }: ServiceDeployment) =>
    lifecycleHookDetails.filter(({ status }) => status === 'AWAITING_ACTION')
  return {
    world,
    release,
    newest,
    async deploys() {
      const { handler } = await import('../../functions/deploy-new-version.ts')
      return enter(world, handler, release.held)
    },
    async shifts(shift) {
      const { handler } = await import('../../functions/shift-traffic.ts')
      return enter(world, handler, { ...release.held, shift })
    },
    async completes(since) {
      const { handler } = await import('../../functions/complete-deployment.ts')
      return enter(world, handler, release.held, undefined, since)
    },
    pausedAt: (stage, service) =>
      world.until(`it waits at ${stage}`, async () => {
        const found = await newest(service)
        return found.lifecycleStage === stage && awaiting(found).length > 0
      }),
    async byHand(service) {
      const found = await newest(service)
      for (const { hookId } of awaiting(found)) {
        const { serviceDeploymentArn } = found
        await world.ask(ecs, 'ContinueServiceDeployment', { serviceDeploymentArn, hookId, action: 'CONTINUE' })
      }
    },
  }
}

/** Every green waits to be tested. */
export async function tested(file = blueGreen): Promise<Greens> {
  const greens = await aGreenRelease(file)
  const { begin } = await greens.deploys()
  await begin()
  for (const { service, strategy } of greens.release.plan.stages[0]?.services ?? [])
    if (strategy === 'blue-green') await greens.pausedAt('POST_TEST_TRAFFIC_SHIFT', service)
  return greens
}

/** Every green waits for its users. */
export async function ready(file = blueGreen): Promise<Greens> {
  const greens = await tested(file)
  const { begin } = await greens.shifts(0)
  await begin()
  for (const { service } of greens.release.plan.stages[0]?.services ?? [])
    await greens.pausedAt('PRE_PRODUCTION_TRAFFIC_SHIFT', service)
  return greens
}

/** What ECS is asked to continue from now on: the services. */
export function continued({ world }: Greens): string[] {
  const { operations } = world.services.ecs
  const run = operations.ContinueServiceDeployment
  const services: string[] = []
  operations.ContinueServiceDeployment = (input, caller) => {
    services.push(String(input.serviceDeploymentArn).split('/')[2] ?? '')
    return run?.(input, caller) ?? {}
  }
  return services
}
