import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type {
  CreateServiceRequest,
  CreateServiceResponse,
  DescribeServiceDeploymentsResponse,
  DescribeServicesResponse,
  DescribeTasksResponse,
  ListServiceDeploymentsResponse,
  ListTasksResponse,
  RegisterTaskDefinitionRequest,
  RegisterTaskDefinitionResponse,
  ServiceDeployment,
  Service as ServiceTold,
  Task,
  UpdateServiceRequest,
  UpdateServiceResponse,
} from '@aws-sdk/client-ecs'
import type {
  CreateListenerOutput,
  CreateLoadBalancerOutput,
  CreateTargetGroupInput,
  CreateTargetGroupOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { createEcs, type EcsOptions } from '../../../rehearsal/aws/ecs/ecs.ts'
import type { TaskTimes } from '../../../rehearsal/aws/ecs/model.ts'
import { createElbv2 } from '../../../rehearsal/aws/elbv2.ts'
import type { Announcement, ImageStore, Service } from '../../../rehearsal/aws/service.ts'
import { type Clock, createClock } from '../../../rehearsal/clock.ts'
import type { Fleet } from '../../../rehearsal/fleet/container.ts'
import { createLoadBalancers } from '../../../rehearsal/fleet/load-balancers.ts'
import { createMemoryFleet } from '../../../rehearsal/fleet/memory.ts'
import { createUsers } from '../../../rehearsal/fleet/users.ts'
import { serviceOf, TARGET_GROUP, taskDefinitionOf } from './inputs.ts'

export const IMAGES = fileURLToPath(new URL('../images/', import.meta.url))
const TERMINAL = ['SUCCESSFUL', 'STOPPED', 'ROLLBACK_SUCCESSFUL', 'ROLLBACK_FAILED']
const HOUR_MS = 3_600_000

export const digestOf = (tag: string) => `sha256:${createHash('sha256').update(tag).digest('hex')}`

/** A registry whose tags are the folders of test/rehearsal/images; `moved` lets a tag stand for another folder. */
export function testImages(): ImageStore & { moved: Map<string, string>; missing: Set<string> } {
  const moved = new Map<string, string>()
  const missing = new Set<string>()
  const find = (image: string) => {
    const [, tag] = /:([^:@/]+)$/.exec(image.replace(/@.*$/, '')) ?? []
    const digest = image.split('@')[1]
    if (!digest) return moved.get(tag ?? '') ?? tag
    return ['one', 'two', 'broken', 'sick', 'hanging'].find(name => digestOf(name) === digest)
  }
  return {
    moved,
    missing,
    pull(image) {
      const name = find(image)
      if (!name || missing.has(name) || !existsSync(`${IMAGES}${name}`)) throw new Error(`${image}: not found`)
      return { digest: digestOf(name), folder: `${IMAGES}${name}` }
    },
  }
}

export interface WorldOptions {
  clock?: Clock
  fleet?: Fleet
  times?: Partial<TaskTimes>
  group?: Partial<CreateTargetGroupInput>
  deregistrationDelaySeconds?: number
  alarms?: EcsOptions['alarms']
}

/** A load balancer at http://shop.test/, a cluster, and whatever a test does with them. */
export async function createWorld(options: WorldOptions = {}) {
  const clock = options.clock ?? createClock({ drive: 'jump', start: Date.UTC(2026, 0, 1) })
  const loadBalancers = createLoadBalancers({ clock, random: () => 0.5 })
  const events: Announcement[] = []
  const logs: string[] = []
  const images = testImages()
  const fleet = options.fleet ?? createMemoryFleet({ clock })
  const ecs = createEcs({
    clock,
    bus: { publish: event => void events.push(event) },
    images,
    targets: loadBalancers,
    fleet,
    logs: (group, stream, line) => void logs.push(`${group} ${stream} ${line}`),
    ...(options.times && { times: options.times }),
    ...(options.alarms && { alarms: options.alarms }),
  })
  const elb = createElbv2({ loadBalancers })
  const targetGroupArn = await setUpBalancer(elb, options)
  loadBalancers.hosts.set('shop.test', loadBalancers.all[0]?.dnsName ?? '')
  await call(ecs, 'CreateCluster', { clusterName: 'shop' })

  const register = async (image: string, more: Partial<RegisterTaskDefinitionRequest> = {}) => {
    const { taskDefinition } = await call<RegisterTaskDefinitionResponse>(
      ecs,
      'RegisterTaskDefinition',
      taskDefinitionOf(image, more),
    )
    return taskDefinition?.taskDefinitionArn ?? ''
  }
  const world = {
    clock,
    loadBalancers,
    ecs,
    elb,
    events,
    logs,
    images,
    fleet,
    targetGroupArn,
    register,
    users: (perSecond = 4) => createUsers({ clock, loadBalancers, url: 'http://shop.test/', perSecond }),
    async create(image: string, more: Partial<CreateServiceRequest> = {}) {
      const taskDefinition = await register(image)
      const input = { ...serviceOf(targetGroupArn), taskDefinition, ...more }
      return (await call<CreateServiceResponse>(ecs, 'CreateService', input)).service
    },
    async update(more: Partial<UpdateServiceRequest>) {
      return (await call<UpdateServiceResponse>(ecs, 'UpdateService', { cluster: 'shop', service: 'web', ...more }))
        .service
    },
    async service(): Promise<ServiceTold> {
      const { services } = await call<DescribeServicesResponse>(ecs, 'DescribeServices', {
        cluster: 'shop',
        services: ['web'],
      })
      const [service] = services ?? []
      if (!service) throw new Error('the service is missing')
      return service
    },
    async deployments(): Promise<ServiceDeployment[]> {
      const listed = await call<ListServiceDeploymentsResponse>(ecs, 'ListServiceDeployments', {
        cluster: 'shop',
        service: 'web',
      })
      const serviceDeploymentArns = (listed.serviceDeployments ?? []).flatMap(
        ({ serviceDeploymentArn }) => serviceDeploymentArn ?? [],
      )
      const described = await call<DescribeServiceDeploymentsResponse>(ecs, 'DescribeServiceDeployments', {
        serviceDeploymentArns,
      })
      return described.serviceDeployments ?? []
    },
    async deployment(): Promise<ServiceDeployment> {
      const [newest] = await world.deployments()
      if (!newest) throw new Error('there is no deployment')
      return newest
    },
    async tasks(desiredStatus: 'RUNNING' | 'STOPPED' = 'RUNNING'): Promise<Task[]> {
      const { taskArns } = await call<ListTasksResponse>(ecs, 'ListTasks', {
        cluster: 'shop',
        serviceName: 'web',
        desiredStatus,
      })
      if (!taskArns?.length) return []
      return (await call<DescribeTasksResponse>(ecs, 'DescribeTasks', { cluster: 'shop', tasks: taskArns })).tasks ?? []
    },
    /** Waits in AWS time until it is so. */
    async until(what: string, holds: () => Promise<boolean>, withinMs = HOUR_MS) {
      const deadline = clock.now() + withinMs
      while (!(await holds())) {
        if (clock.now() > deadline) throw new Error(`never: ${what}`)
        await clock.sleep(1000)
      }
    },
    async settled(): Promise<ServiceDeployment> {
      await world.until('the deployment ends', async () => TERMINAL.includes((await world.deployment()).status ?? ''))
      return world.deployment()
    },
    happened: (eventName: string) => events.filter(({ detail }) => detail.eventName === eventName),
    async close() {
      clock.stop()
      await fleet.stop()
      await loadBalancers.close()
    },
  }
  return world
}

export type World = Awaited<ReturnType<typeof createWorld>>

export async function call<T = object>(service: Service, operation: string, input: object): Promise<T> {
  const run = service.operations[operation]
  if (!run) throw new Error(`${operation} is not rehearsed`)
  return (await run(input, { principal: 'arn:aws:iam::111122223333:role/operator' })) as T
}

async function setUpBalancer(elb: Service, options: WorldOptions): Promise<string> {
  const { LoadBalancers } = await call<CreateLoadBalancerOutput>(elb, 'CreateLoadBalancer', {
    Name: 'shop',
    Subnets: ['subnet-1', 'subnet-2'],
  })
  const { TargetGroups } = await call<CreateTargetGroupOutput>(elb, 'CreateTargetGroup', {
    ...TARGET_GROUP,
    ...options.group,
  })
  const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn ?? ''
  const Value = String(options.deregistrationDelaySeconds ?? 30)
  await call(elb, 'ModifyTargetGroupAttributes', {
    TargetGroupArn,
    Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value }],
  })
  const LoadBalancerArn = LoadBalancers?.[0]?.LoadBalancerArn
  await call<CreateListenerOutput>(elb, 'CreateListener', {
    LoadBalancerArn,
    Protocol: 'HTTP',
    Port: 80,
    DefaultActions: [{ Type: 'forward', TargetGroupArn }],
  })
  return TargetGroupArn
}
