import type { ListServicesResponse } from '@aws-sdk/client-ecs'
import {
  CreateTargetGroupCommand,
  DescribeRulesCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import type { ListStateMachinesOutput } from '@aws-sdk/client-sfn'
import { probe } from '../../../cli/probe/probe.ts'
import { wantedBy } from '../../../cli/probe/probe-arguments.ts'
import type { World } from '../../functions/world.ts'

export const MACHINE = ['--machine-role', 'arn:aws:iam::111122223333:role/machine']
export const THROW_AWAY = [
  ...['--throw-away', '--yes', '--cluster', 'demo', '--task-definition', 'demo-api'],
  ...['--subnets', 'subnet-1,subnet-2'],
]

/** What a listener is named by: its rules' names begin with it. */
export const listenerOf = (rule: string) =>
  rule.slice(0, rule.lastIndexOf('/')).replace(':listener-rule/', ':listener/')

export const wiring = (world: World) => [
  ...['--listener', listenerOf(world.front().productionRule), '--vpc', 'vpc-1'],
  ...['--load-balancer-role', 'arn:aws:iam::111122223333:role/ecs-load-balancers'],
  ...['--port', '3000', '--health-path', '/health'],
]

/** Asks the rehearsal, in which nothing moves but while the probe waits. */
export async function asked(world: World, args: string[], interrupt?: { at: string }) {
  const notes: string[] = []
  let removeAll = async (): Promise<string[]> => []
  let removed: Promise<string[]> | undefined
  const wanted = wantedBy(args)
  if (wanted.kind === 'clean-up') throw new Error('a clean-up asks nothing')
  const probed = await probe(wanted, {
    tell: () => {},
    note(line) {
      notes.push(line)
      if (interrupt && line.startsWith(interrupt.at)) removed ??= removeAll()
    },
    pause: ms => world.pass(ms),
    interruptible: remove => {
      removeAll = remove
    },
  })
  return { ...probed, notes, leftAtInterruption: await removed }
}

/** Names of what is in the rehearsed account. */
export async function everything({ services, ask }: World) {
  const elb = new ElasticLoadBalancingV2Client({})
  const { TargetGroups = [] } = await elb.send(new DescribeTargetGroupsCommand({}))
  const listeners = services.loadBalancers.all.flatMap(({ listeners }) => listeners.map(({ arn }) => arn))
  const rules = await Promise.all(listeners.map(arn => elb.send(new DescribeRulesCommand({ ListenerArn: arn }))))
  elb.destroy()
  const { serviceArns = [] } = await ask<ListServicesResponse>(services.ecs, 'ListServices', { cluster: 'demo' })
  const { stateMachines = [] } = await ask<ListStateMachinesOutput>(services.states, 'ListStateMachines', {})
  return {
    services: serviceArns,
    machines: stateMachines.map(({ name }) => name),
    groups: TargetGroups.map(({ TargetGroupName }) => TargetGroupName).sort(),
    rules: rules.flatMap(({ Rules = [] }) => Rules.map(({ RuleArn }) => RuleArn)),
  }
}

/** A target group that a probe has not removed. */
export async function leaveGroup(): Promise<void> {
  const elb = new ElasticLoadBalancingV2Client({})
  const Name = 'sluice-probe-abc123-blue'
  await elb.send(new CreateTargetGroupCommand({ Name, Protocol: 'HTTP', Port: 80, TargetType: 'ip', VpcId: 'vpc-1' }))
  elb.destroy()
}
