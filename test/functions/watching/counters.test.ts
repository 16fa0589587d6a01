import { describe, expect, test } from 'vitest'
import type { Stage } from '../../../domain/application.ts'
import { watch } from '../../../domain/watch.ts'
import { whyUncounted } from '../../../functions/preconditions/watch.ts'
import { countersAt } from '../../../functions/watching/counters.ts'
import { listener } from '../listener.ts'

const ELB = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333'
const [WEB, RAW] = [`${ELB}:targetgroup/web/6d0ecf831eec9f09`, `${ELB}:targetgroup/raw/73e2d6bc24d8a067`]
const [APPLICATION, NETWORK] = [`${ELB}:loadbalancer/app/shop/50dc6c495c0c9188`, `${ELB}:loadbalancer/net/shop/1`]
const group = (arn: string, balancer: string) =>
  `<member><TargetGroupArn>${arn}</TargetGroupArn><LoadBalancerArns><member>${balancer}</member></LoadBalancerArns></member>`
const answer = (...groups: string[]) =>
  `<DescribeTargetGroupsResponse><DescribeTargetGroupsResult><TargetGroups>${groups.join('')}</TargetGroups></DescribeTargetGroupsResult></DescribeTargetGroupsResponse>`
const COUNTED = { name: 'production', watch: watch.parse({ for: '5m', errorRate: { above: '1%' } }) } as Stage

describe('a service behind an application and a network load balancer', () => {
  test('is counted where the application load balancer leads to', async () => {
    await listener(answer(group(WEB, APPLICATION), group(RAW, NETWORK)))
    expect(await countersAt([WEB, RAW])).toEqual({ [WEB]: [{ group: WEB, balancer: APPLICATION }], [RAW]: [] })
  })

  test('may have a limit of errors', async () => {
    await listener(answer(group(WEB, APPLICATION), group(RAW, NETWORK)))
    expect(await whyUncounted(COUNTED, [WEB, RAW])).toBeUndefined()
  })
})

test('behind a network load balancer alone, a service may have no limit of errors', async () => {
  await listener(answer(group(RAW, NETWORK)))
  expect(await whyUncounted(COUNTED, [RAW])).toContain(
    'no service of this stage is behind an application load balancer',
  )
})
