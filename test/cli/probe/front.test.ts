import { DescribeRulesCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import { expect, onTestFinished, test } from 'vitest'
import { Made } from '../../../cli/probe/made.ts'
import { makeFront } from '../../../cli/probe/throw-away/blue-green/front.ts'
import type { Place } from '../../../cli/probe/throw-away/place.ts'
import { blueGreen } from '../../functions/way-back.ts'
import { createWorld } from '../../functions/world.ts'
import { listenerOf } from './asked.ts'

test('the rule of a probe comes after all others of a listener that has more of them than fit on one page', async () => {
  const world = await createWorld(blueGreen)
  const elb = new ElasticLoadBalancingV2Client({})
  onTestFinished(() => elb.destroy())
  elb.middlewareStack.add(
    (next, { commandName }) =>
      ({ input, ...args }) =>
        next({ ...args, input: commandName === 'DescribeRulesCommand' ? { ...input, PageSize: 1 } : input }),
    { step: 'initialize' },
  )
  const listener = listenerOf(world.front().productionRule)
  const wiring = { ...{ elb, listener, vpc: 'vpc-1', port: 3000, healthPath: '/health' }, loadBalancerRole: 'role' }
  const made = new Made(() => {}, world.pass)
  const placed = async (id: string) => {
    const { rule } = await makeFront({ made, id } as Place, wiring)
    const { Rules: [found] = [] } = await elb.send(new DescribeRulesCommand({ RuleArns: [rule] }))
    return found?.Priority
  }
  expect([await placed('000001'), await placed('000002'), await placed('000003')]).toEqual(['50000', '49999', '49998'])
})
