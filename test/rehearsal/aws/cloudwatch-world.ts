import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { onTestFinished } from 'vitest'
import { createCloudWatch } from '../../../rehearsal/aws/cloudwatch.ts'
import { createElbv2 } from '../../../rehearsal/aws/elbv2.ts'
import type { Announcement } from '../../../rehearsal/aws/service.ts'
import { plainAnswer } from '../../../rehearsal/fleet/http.ts'
import { createLoadBalancers } from '../../../rehearsal/fleet/load-balancers.ts'
import { TARGET_GROUP } from '../fleet/inputs.ts'
import { call } from '../fleet/world.ts'
import { worldWith } from './wire-world.ts'

export const MINUTE = 60_000

/** A load balancer `shop` before the target group `web` with one healthy target, whose time passes only when a test lets it. */
export async function cloudWatchWorld() {
  const events: Announcement[] = []
  const visible: Record<string, number> = {}
  const behaviour = { status: 200, takesMs: 0 }
  const parts = {} as ReturnType<typeof partsOf>
  const world = await worldWith(clock => {
    Object.assign(parts, partsOf(clock))
    return [parts.cloudWatch, parts.elb]
  })
  function partsOf(clock: typeof world.clock) {
    const loadBalancers = createLoadBalancers({ clock, random: () => 0.5 })
    const bus = { publish: (event: Announcement) => void events.push(event) }
    const cloudWatch = createCloudWatch({ clock, bus, loadBalancers, visible: name => visible[name] })
    return { loadBalancers, cloudWatch, elb: createElbv2({ loadBalancers }) }
  }
  const { clock } = world
  const { loadBalancers, cloudWatch, elb } = parts
  let release = clock.hold('the test')
  onTestFinished(async () => {
    clock.stop()
    await loadBalancers.close()
    await world.close()
  })

  await call(elb, 'CreateLoadBalancer', { Name: 'shop', Subnets: ['subnet-1', 'subnet-2'] })
  const [balancer] = loadBalancers.all
  const createGroup = async (name: string) => {
    await call(elb, 'CreateTargetGroup', { ...TARGET_GROUP, Name: name })
    const group = [...loadBalancers.groups.values()].find(each => each.name === name)
    if (!group || !balancer) throw new Error(`there is no target group ${name}`)
    return group
  }
  const group = await createGroup('web')
  await call(elb, 'CreateListener', {
    LoadBalancerArn: balancer?.arn,
    Protocol: 'HTTP',
    Port: 80,
    DefaultActions: [{ Type: 'forward', TargetGroupArn: group.arn }],
  })
  loadBalancers.hosts.set('shop.test', balancer?.dnsName ?? '')
  /** Lets so much time pass, and happen what is due at its end. */
  const pass = async (ms: number) => {
    release()
    await clock.sleep(ms)
    await clock.sleep(0)
    release = clock.hold('the test')
  }
  const target = group.register(
    '10.0.0.1',
    80,
    async request => {
      if (request.headers['user-agent']?.includes('HealthChecker')) return plainAnswer(200, 'healthy')
      if (behaviour.takesMs > 0) await new Promise(resolve => setTimeout(resolve, behaviour.takesMs))
      return plainAnswer(behaviour.status, 'answered')
    },
    () => {},
  )
  await pass(MINUTE - (clock.now() % MINUTE || MINUTE) + 1000)

  return {
    ...world,
    ...{ clock, events, visible, behaviour, loadBalancers, cloudWatch, elb, group, target, createGroup, pass },
    aws: new CloudWatchClient(world.client),
    dimensions: {
      balancer: [{ Name: 'LoadBalancer', Value: (balancer?.arn ?? '').split(':loadbalancer/')[1] }],
      group: [
        { Name: 'TargetGroup', Value: group.arn.split(':').at(-1) },
        { Name: 'LoadBalancer', Value: (balancer?.arn ?? '').split(':loadbalancer/')[1] },
      ],
    },
    /** The users ask so often, and get such answers. */
    async asked(times: number, status = 200) {
      behaviour.status = status
      const ask = () => loadBalancers.request('shop.test', new Request('http://shop.test/'))
      await Promise.all(Array.from({ length: times }, ask))
    },
    /** `name OLD -> NEW` of every change that was announced. */
    changes: () =>
      events.map(({ detail }) => {
        const { alarmName, previousState, state } = detail as {
          alarmName: string
          previousState: { value: string }
          state: { value: string }
        }
        return `${alarmName} ${previousState.value} -> ${state.value}`
      }),
  }
}

export type CloudWatchWorld = Awaited<ReturnType<typeof cloudWatchWorld>>
