import {
  CreateServiceCommand,
  type CreateServiceRequest,
  DeleteServiceCommand,
  type Service,
  type ServiceDeployment,
  UpdateServiceCommand,
  type UpdateServiceRequest,
} from '@aws-sdk/client-ecs'
import { type Asking, describeDeployment, hasEnded, listDeployments } from '../ecs.ts'
import { type Pause, seenWithin, until } from '../patience.ts'
import { BEGINNING_MS, DEPLOYMENT_MS, type Place, PREFIX, tagsOf } from './place.ts'

/** A service of the probe's own, with one task. */
export interface OwnService extends Asking {
  pause: Pause
  update(change: Omit<UpdateServiceRequest, 'cluster' | 'service'>): Promise<Service>
  newest(): Promise<ServiceDeployment>
  /** Once the newest deployment has ended. */
  settled(): Promise<ServiceDeployment>
  /** Whether a deployment begins after `earlier` (ARN) in the time that ECS is given. */
  begins(earlier: string | undefined): Promise<string | undefined>
}

export async function makeService(
  { ecs, cluster, taskDefinition, networkConfiguration, made, pause, id }: Place,
  kind: string,
  more: Partial<CreateServiceRequest>,
): Promise<OwnService> {
  const service = `${PREFIX}-${kind}-${id}`
  const at = { cluster, service }
  const asking: Asking = { ecs, ...at }
  await made.make(
    `service ${service}`,
    () =>
      ecs.send(
        new CreateServiceCommand({
          ...{ cluster, serviceName: service, taskDefinition, networkConfiguration, tags: tagsOf({ id }) },
          ...{ desiredCount: 1, launchType: 'FARGATE', ...more },
        }),
      ),
    () => ecs.send(new DeleteServiceCommand({ ...at, force: true })),
  )
  const newest = async () => {
    const [arn] = await listDeployments(asking)
    if (arn === undefined) throw new Error(`ECS lists no deployment of ${service}`)
    return describeDeployment(asking, arn)
  }
  const own: OwnService = {
    ...asking,
    pause,
    newest,
    async update(change) {
      const { service: told } = await ecs.send(new UpdateServiceCommand({ ...at, ...change }))
      return told ?? {}
    },
    settled: () =>
      until(`the deployment of ${service} ends`, DEPLOYMENT_MS, pause, async () => {
        const deployment = await newest()
        return hasEnded(deployment) ? deployment : undefined
      }),
    begins: earlier =>
      seenWithin(BEGINNING_MS, pause, async () => {
        const [arn] = await listDeployments(asking)
        return arn === earlier ? undefined : arn
      }),
  }
  const { status, statusReason } = await own.settled()
  if (status !== 'SUCCESSFUL') throw new Error(`service ${service} did not come up: ${status}: ${statusReason ?? ''}`)
  return own
}
