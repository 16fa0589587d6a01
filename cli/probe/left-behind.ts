import {
  DeleteServiceCommand,
  DescribeServicesCommand,
  type ECSClient,
  paginateListClusters,
  paginateListServices,
} from '@aws-sdk/client-ecs'
import {
  DeleteRuleCommand,
  DeleteTargetGroupCommand,
  type ElasticLoadBalancingV2Client,
  paginateDescribeListeners,
  paginateDescribeRules,
  paginateDescribeTargetGroups,
  type RuleCondition,
  type TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import {
  DeleteStateMachineCommand,
  ListExecutionsCommand,
  paginateListStateMachines,
  type SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn'
import { shortArn } from './ecs.ts'
import type { Thing } from './removal.ts'
import { NAMES } from './throw-away/place.ts'

export interface Account {
  ecs: ECSClient
  elb: ElasticLoadBalancingV2Client
  sfn: SFNClient
}

export interface LeftBehind {
  /** In the order in which AWS lets go of them. */
  things: Thing[]
  /** Where could not be looked, in sentences. */
  unseen: string[]
}

/** Looks for what probes have made and not removed, by how they name it. */
export async function leftBehind({ ecs, elb, sfn }: Account): Promise<LeftBehind> {
  const found: LeftBehind = { things: [], unseen: [] }
  const look = async (kind: string, things: () => Promise<Thing[]>) => {
    try {
      found.things.push(...(await things()))
    } catch (error) {
      const { name, message } = error as Error
      found.unseen.push(`${kind} could not be looked for: ${name}: ${message}`)
    }
  }
  await look('services', () => services(ecs))
  await look('rules and target groups', () => fronts(elb))
  await look('state machines', () => stateMachines(sfn))
  return found
}

async function services(client: ECSClient): Promise<Thing[]> {
  const things: Thing[] = []
  for await (const { clusterArns = [] } of paginateListClusters({ client }, {}))
    for (const cluster of clusterArns)
      for await (const { serviceArns = [] } of paginateListServices({ client, pageSize: 100 }, { cluster }))
        for (const arn of serviceArns)
          if (NAMES.service.test(shortArn(arn)) && (await isActive(client, cluster, arn)))
            things.push({
              what: `service ${shortArn(arn)} of cluster ${shortArn(cluster)}`,
              remove: () => client.send(new DeleteServiceCommand({ cluster, service: arn, force: true })),
            })
  return things
}

async function isActive(ecs: ECSClient, cluster: string, service: string): Promise<boolean> {
  const { services: [found] = [] } = await ecs.send(new DescribeServicesCommand({ cluster, services: [service] }))
  return found?.status === 'ACTIVE'
}

/** Rules before the groups that they lead to. */
async function fronts(client: ElasticLoadBalancingV2Client): Promise<Thing[]> {
  const groups: TargetGroup[] = []
  for await (const { TargetGroups = [] } of paginateDescribeTargetGroups({ client }, {}))
    groups.push(...TargetGroups.filter(({ TargetGroupName = '' }) => NAMES.targetGroup.test(TargetGroupName)))
  const rules: Thing[] = []
  for (const balancer of new Set(groups.flatMap(({ LoadBalancerArns = [] }) => LoadBalancerArns)))
    rules.push(...(await rulesOf(client, balancer)))
  return [
    ...rules,
    ...groups.map(({ TargetGroupName, TargetGroupArn }) => ({
      what: `target group ${TargetGroupName}`,
      remove: () => client.send(new DeleteTargetGroupCommand({ TargetGroupArn })),
    })),
  ]
}

async function rulesOf(client: ElasticLoadBalancingV2Client, LoadBalancerArn: string): Promise<Thing[]> {
  const things: Thing[] = []
  for await (const { Listeners = [] } of paginateDescribeListeners({ client }, { LoadBalancerArn }))
    for (const { ListenerArn, Port } of Listeners)
      for await (const { Rules = [] } of paginateDescribeRules({ client }, { ListenerArn }))
        for (const { RuleArn, Priority, Conditions = [] } of Rules)
          if (isProbes(Conditions))
            things.push({
              what: `rule ${Priority} of the listener at port ${Port}`,
              remove: () => client.send(new DeleteRuleCommand({ RuleArn })),
            })
  return things
}

/** Of that one host, and of nothing else. */
function isProbes([only, ...others]: RuleCondition[]): boolean {
  const [host = '', ...hosts] = only?.HostHeaderConfig?.Values ?? []
  return others.length === 0 && hosts.length === 0 && NAMES.ruleHost.test(host)
}

async function stateMachines(client: SFNClient): Promise<Thing[]> {
  const things: Thing[] = []
  for await (const { stateMachines = [] } of paginateListStateMachines({ client }, {}))
    for (const { name = '', stateMachineArn } of stateMachines)
      if (NAMES.stateMachine.test(name))
        things.push({ what: `state machine ${name}`, remove: () => removeMachine(client, stateMachineArn) })
  return things
}

/** With its executions, which would keep it there until they end. */
async function removeMachine(sfn: SFNClient, stateMachineArn: string | undefined): Promise<void> {
  const running = new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' })
  for (const { executionArn } of (await sfn.send(running)).executions ?? [])
    await sfn.send(new StopExecutionCommand({ executionArn }))
  await sfn.send(new DeleteStateMachineCommand({ stateMachineArn }))
}
