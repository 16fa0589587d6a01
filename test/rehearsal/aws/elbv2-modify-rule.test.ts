import type { DescribeTargetGroupsOutput, DescribeTargetHealthOutput } from '@aws-sdk/client-elastic-load-balancing-v2'
import { afterEach, expect, test } from 'vitest'
import { plainAnswer } from '../../../rehearsal/fleet/http.ts'
import type { TargetGroup } from '../../../rehearsal/fleet/target-group.ts'
import { TARGET_GROUP } from '../fleet/inputs.ts'
import { call, createWorld, type World } from '../fleet/world.ts'

let open: World | undefined
afterEach(async () => {
  await open?.close()
  open = undefined
})

/** A rule for every path that leads to the group `one`; nothing leads to `two` yet. */
async function twoGroups() {
  const world = await createWorld()
  open = world
  const [one, two] = [await groupNamed(world, 'one'), await groupNamed(world, 'two')]
  const made = await call<{ Rules: { RuleArn: string }[] }>(world.elb, 'CreateRule', {
    ListenerArn: world.loadBalancers.all[0]?.listeners[0]?.arn,
    Priority: 10,
    Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/*'] } }],
    Actions: [{ Type: 'forward', TargetGroupArn: one.arn }],
  })
  const RuleArn = made.Rules[0]?.RuleArn ?? ''
  const weigh = (first: number, second: number) => {
    const TargetGroups = [
      { TargetGroupArn: one.arn, Weight: first },
      { TargetGroupArn: two.arn, Weight: second },
    ]
    const Actions = [{ Type: 'forward', ForwardConfig: { TargetGroups } }]
    return call(world.elb, 'ModifyRule', { RuleArn, Actions })
  }
  const ask = () => world.loadBalancers.request('shop.test', new Request('http://shop.test/'))
  return { world, one, two, RuleArn, weigh, ask }
}

async function groupNamed(world: World, Name: string): Promise<TargetGroup> {
  const made = await call<DescribeTargetGroupsOutput>(world.elb, 'CreateTargetGroup', { ...TARGET_GROUP, Name })
  const group = world.loadBalancers.groups.get(made.TargetGroups?.[0]?.TargetGroupArn ?? '')
  if (!group) throw new Error('no target group')
  return group
}

async function stateOf(world: World, { arn }: TargetGroup) {
  const told = await call<DescribeTargetHealthOutput>(world.elb, 'DescribeTargetHealth', { TargetGroupArn: arn })
  return told.TargetHealthDescriptions?.map(({ TargetHealth }) => TargetHealth?.State)
}

test('a group that a rule names with weight 0 is in use: its targets are checked, and get no request', async () => {
  const { world, two, weigh, ask } = await twoGroups()
  two.register(
    '10.0.0.2',
    80,
    async () => plainAnswer(200, 'two'),
    () => {},
  )
  await world.clock.sleep(60_000)
  expect(await stateOf(world, two)).toEqual(['unused'])
  await weigh(100, 0)
  await world.clock.sleep(11_000)
  expect(await stateOf(world, two)).toEqual(['healthy'])
  expect((await ask()).status).toBe(503)
  await weigh(0, 100)
  expect(await (await ask()).text()).toBe('two')
})

test('a group that no rule names any more is unused', async () => {
  const { world, one, two, RuleArn } = await twoGroups()
  one.register(
    '10.0.0.1',
    80,
    async () => plainAnswer(200, 'one'),
    () => {},
  )
  await world.clock.sleep(1000)
  expect(await stateOf(world, one)).toEqual(['healthy'])
  await call(world.elb, 'ModifyRule', { RuleArn, Actions: [{ Type: 'forward', TargetGroupArn: two.arn }] })
  expect(await stateOf(world, one)).toEqual(['unused'])
})

test('a request that is on its way when the weights flip is answered by whom it was sent to', async () => {
  const { world, one, two, weigh, ask } = await twoGroups()
  const arrived = Promise.withResolvers<void>()
  const slow = Promise.withResolvers<void>()
  const answer = async ({ path }: { path: string }) => {
    if (path === '/') {
      arrived.resolve()
      await slow.promise
    }
    return plainAnswer(200, 'one')
  }
  one.register('10.0.0.1', 80, answer, () => {})
  two.register(
    '10.0.0.2',
    80,
    async () => plainAnswer(200, 'two'),
    () => {},
  )
  await weigh(100, 0)
  await world.clock.sleep(11_000)
  const pending = ask()
  await arrived.promise
  await weigh(0, 100)
  expect(await (await ask()).text()).toBe('two')
  slow.resolve()
  expect(await (await pending).text()).toBe('one')
})

test('ModifyRule changes the actions of a rule, and refuses the rest by name', async () => {
  const { world, RuleArn } = await twoGroups()
  const Actions = [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '503', MessageBody: 'closed' } }]
  const modify = (input: object) => call(world.elb, 'ModifyRule', { RuleArn, Actions, ...input })
  await expect(modify({ Conditions: [] })).rejects.toMatchObject({ name: 'NotRehearsed' })
  await expect(modify({ RuleArn: 'none' })).rejects.toMatchObject({ name: 'RuleNotFoundException' })
  await expect(modify({ Actions: [] })).rejects.toMatchObject({ name: 'ValidationError' })
  const byDefault = world.loadBalancers.all[0]?.listeners[0]?.rules.at(-1)?.arn
  await expect(modify({ RuleArn: byDefault })).rejects.toMatchObject({ name: 'OperationNotPermittedException' })
  expect(await modify({})).toMatchObject({ Rules: [{ RuleArn, Actions }] })
})
