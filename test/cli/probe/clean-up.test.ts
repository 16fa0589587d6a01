import { ECSClient } from '@aws-sdk/client-ecs'
import {
  CreateRuleCommand,
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { type DescribeExecutionOutput, type ListExecutionsOutput, SFNClient } from '@aws-sdk/client-sfn'
import { describe, expect, test } from 'vitest'
import { cleanUp } from '../../../cli/probe/clean-up.ts'
import { probe } from '../../../cli/probe/probe.ts'
import { wantedBy } from '../../../cli/probe/probe-arguments.ts'
import { blueGreen } from '../../functions/way-back.ts'
import { createWorld, type World } from '../../functions/world.ts'
import { everything, leaveGroup, listenerOf, MACHINE, THROW_AWAY, wiring } from './asked.ts'

/** A probe that is killed once it has said this: it neither goes on nor removes anything. */
function killed(world: World, at: string): Promise<void> {
  const wanted = wantedBy([...THROW_AWAY, ...MACHINE, ...wiring(world)])
  if (wanted.kind === 'clean-up') throw new Error('a clean-up is not killed here')
  let isKilled = false
  return new Promise((resolve, reject) => {
    const pause = async (ms: number) => {
      if (!isKilled) return world.pass(ms)
      resolve()
      await new Promise(() => {})
    }
    const note = (line: string) => {
      isKilled ||= line.startsWith(at)
    }
    probe(wanted, { tell: () => {}, note, pause }).then(() => reject(new Error(`never: ${at}`)), reject)
  })
}

const account = () => ({ ecs: new ECSClient({}), elb: new ElasticLoadBalancingV2Client({}), sfn: new SFNClient({}) })

const cleaned = (world: World, { isMeant = true } = {}) =>
  cleanUp(account(), isMeant, { note: () => {}, pause: world.pass })

describe('what a probe that was killed has left', () => {
  test('is found by its names, and removed', async () => {
    const world = await createWorld(blueGreen)
    const [before, weights] = [await everything(world), await world.front().weights()]
    await killed(world, 'made service sluice-probe-colours')
    const { found, removed, left } = await cleaned(world)
    expect(found.map(what => what.replace(/-\w{6}\b/, ''))).toEqual([
      ...['service sluice-probe-rolling of cluster demo', 'service sluice-probe-colours of cluster demo'],
      expect.stringMatching(/^rule 50000 of the listener at port \d+$/),
      ...['target group sluice-probe-blue', 'target group sluice-probe-green', 'state machine sluice-probe'],
    ])
    expect({ removed, left }).toEqual({ removed: found, left: [] })
    expect(await everything(world)).toEqual(before)
    expect(await world.front().weights()).toEqual(weights)
  })

  test('stays where it was not said that it is meant', async () => {
    const world = await createWorld(blueGreen)
    await killed(world, 'made service')
    const before = await everything(world)
    const { found, removed } = await cleaned(world, { isMeant: false })
    expect({ found: found.length, removed }).toEqual({ found: 2, removed: [] })
    expect(await everything(world)).toEqual(before)
  })

  test('is ended first where it still runs', async () => {
    const world = await createWorld(blueGreen)
    const { states } = world.services
    await killed(world, 'made execution')
    const stateMachineArn = await machineArn(world)
    const running = await world.ask<ListExecutionsOutput>(states, 'ListExecutions', { stateMachineArn })
    const [{ executionArn, status } = {}] = running.executions ?? []
    expect(status).toBe('RUNNING')
    expect(await cleaned(world)).toMatchObject({ left: [] })
    const ended = await world.ask<DescribeExecutionOutput>(states, 'DescribeExecution', { executionArn })
    expect(ended.status).toBe('ABORTED')
  })
})

async function machineArn(world: World): Promise<string> {
  const { machines } = await everything(world)
  return `arn:aws:states:eu-west-1:111122223333:stateMachine:${machines.find(name => name?.startsWith('sluice-probe-'))}`
}

test('what somebody else has named alike is left alone', async () => {
  const world = await createWorld(blueGreen)
  const { elb } = account()
  const { taskDefinition } = await world.describe()
  const service = { cluster: 'demo', serviceName: 'sluice-probe-api', taskDefinition, desiredCount: 0 }
  const subnets = { awsvpcConfiguration: { subnets: ['subnet-1'] } }
  await world.ask(world.services.ecs, 'CreateService', { ...service, networkConfiguration: subnets })
  const role = 'arn:aws:iam::111122223333:role/machine'
  const definition = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'End', States: { End: { Type: 'Succeed' } } })
  world.services.states.createStateMachine({ name: 'sluice-probe-nightly', definition, roleArn: role })
  const shape = { Protocol: 'HTTP', Port: 80, TargetType: 'ip', VpcId: 'vpc-1' } as const
  await elb.send(new CreateTargetGroupCommand({ ...shape, Name: 'sluice-probe-blue' }))
  const ListenerArn = listenerOf(world.front().productionRule)
  const nothing = { Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } } as const
  const toHost = (...Values: string[]) => ({ Field: 'host-header', HostHeaderConfig: { Values } })
  const probed = 'sluice-probe-abc123.invalid'
  const rules = [
    [toHost(probed, 'shop.example')],
    [toHost('sluice-probe.invalid')],
    [toHost(probed), { Field: 'path-pattern', PathPatternConfig: { Values: ['/pay'] } }],
  ]
  for (const [at, Conditions] of rules.entries())
    await elb.send(new CreateRuleCommand({ ListenerArn, Priority: 900 + at, Actions: [nothing], Conditions }))
  const before = await everything(world)
  await killed(world, 'made rule')
  expect(await cleaned(world)).toMatchObject({ left: [] })
  expect(await everything(world)).toEqual(before)
})

test('where it may not look is said, and the rest is removed', async () => {
  const world = await createWorld()
  await leaveGroup()
  world.services.faults.add({ service: 'ecs', operation: 'ListClusters', does: { fail: 'AccessDeniedException' } })
  expect(await cleaned(world)).toEqual({
    ...{ found: ['target group sluice-probe-abc123-blue'], removed: ['target group sluice-probe-abc123-blue'] },
    left: [expect.stringMatching(/^services could not be looked for: AccessDeniedException/)],
  })
})

test('what AWS does not let go of is named', async () => {
  const world = await createWorld()
  await leaveGroup()
  const does = { fail: 'ResourceInUseException', statusCode: 400 }
  world.services.faults.add({ service: 'elasticloadbalancing', operation: 'DeleteTargetGroup', times: 9, does })
  expect(await cleaned(world)).toMatchObject({
    ...{ removed: [], left: [expect.stringMatching(/^target group sluice-probe-abc123-blue could not be removed: /)] },
  })
})
