import type { AdvancedConfiguration, LoadBalancer, UpdateServiceRequest } from '@aws-sdk/client-ecs'
import { CreateRuleCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import { describe, expect, test } from 'vitest'
import { type Front, forward, modify } from '../front.ts'
import { blueGreen, changed } from '../greens.ts'
import type { World } from '../world.ts'
import { type Prepared, READY, underLock } from './under-lock.ts'

const smoke = (url: string): NonNullable<Prepared['file']> =>
  changed(blueGreen, file => file.stages[0]?.smoke.push({ service: 'demo-api', url }))
const TESTED = smoke('https://api.demo.example/health')

const made = (before?: Prepared['before'], file: NonNullable<Prepared['file']> = blueGreen) =>
  underLock({ file, ...(before && { before }) })
const refused = (because: string) => ({
  name: 'PreconditionFailed',
  message: expect.stringContaining(`production demo-api: ${because}`),
})

/** What ECS has of the service changes, without a deployment. */
const configured =
  (deploymentConfiguration: UpdateServiceRequest['deploymentConfiguration']) =>
  (world: World): Promise<void> =>
    world.update({ deploymentConfiguration })

/** Its load balancer changes, which is deployed. */
const wired =
  (change: (balancer: LoadBalancer) => LoadBalancer, more: Partial<UpdateServiceRequest> = {}) =>
  async (world: World): Promise<void> => {
    const { loadBalancers = [] } = await world.describe()
    await world.update({ loadBalancers: loadBalancers.map(change), ...more })
    await world.settled()
  }
const ROLLING = { deploymentConfiguration: { strategy: 'ROLLING', bakeTimeInMinutes: 0 } } as const
const unwired = wired(({ advancedConfiguration: _, ...rest }) => rest, ROLLING)

const elb = () => new ElasticLoadBalancingV2Client({ region: 'eu-west-1' })

/** The target group that serves, and the other one. */
async function sides({ weights, targetGroups }: Front): Promise<[string, string]> {
  const now = await weights()
  const [first, second] = targetGroups
  return now[first] ? [first, second] : [second, first]
}

describe('a service that is to change colour', () => {
  test('can, when it is wired for that', async () => {
    const { checks } = await made()
    expect(await checks()).toEqual(READY)
  })

  test('may still be rolling in ECS: its first deployment switches it', async () => {
    const { checks } = await made(wired(balancer => balancer, ROLLING))
    expect(await checks()).toEqual(READY)
  })

  test('is refused without a second target group, with what gives it one', async () => {
    const { world, checks } = await made(unwired)
    const [serving] = world.front().targetGroups
    await expect(checks()).rejects.toMatchObject(
      refused(
        'the application file says blue-green, and its load balancer has no second target group and no rule to shift; give it both: ' +
          `aws ecs update-service --cluster demo --service demo-api --load-balancers '[{"targetGroupArn":"${serving}","containerName":"api","containerPort":3000,` +
          '"advancedConfiguration":{"alternateTargetGroupArn":"<ARN of a second target group>","productionListenerRule":"<ARN of the listener rule that users come by>",',
      ),
    )
  })

  test('is refused without a load balancer', async () => {
    const { checks } = await made(world => world.update({ loadBalancers: [], ...ROLLING }).then(() => world.settled()))
    await expect(checks()).rejects.toMatchObject(
      refused('the application file says blue-green, and it has no load balancer'),
    )
  })

  test.each(['LINEAR', 'CANARY'] as const)('is refused while its strategy in ECS is %s', async strategy => {
    const { world, checks } = await made()
    const { operations } = world.services.ecs
    const { DescribeServices: describe } = operations
    operations.DescribeServices = async (input, caller) => {
      const told = (await describe?.(input, caller)) as { services: { deploymentConfiguration: object }[] }
      for (const service of told.services) Object.assign(service.deploymentConfiguration, { strategy })
      return told
    }
    await expect(checks()).rejects.toMatchObject(
      refused(
        `its strategy in ECS is ${strategy}, which Sluice does not drive yet; make it BLUE_GREEN or ROLLING there`,
      ),
    )
  })

  test('is refused where the application file says rolling', async () => {
    const { checks } = await made(({ application }) => {
      Object.assign(application.stages[0]?.services[0] ?? {}, { strategy: 'rolling' })
    })
    await expect(checks()).rejects.toMatchObject(
      refused('its strategy in ECS is BLUE_GREEN, and the application file says rolling; make them agree'),
    )
  })
})

describe('a pause of its owners', () => {
  const pause = (lifecycleStage: string, timeoutInMinutes = 60) =>
    ({
      targetType: 'PAUSE',
      lifecycleStages: [lifecycleStage],
      timeoutConfiguration: { timeoutInMinutes, action: 'ROLLBACK' },
    }) as never
  const paused = (...lifecycleHooks: never[]) =>
    configured({ strategy: 'BLUE_GREEN', bakeTimeInMinutes: 1, lifecycleHooks })

  test.each(['POST_TEST_TRAFFIC_SHIFT', 'PRE_PRODUCTION_TRAFFIC_SHIFT', 'POST_PRODUCTION_TRAFFIC_SHIFT'])(
    'at %s would be answered by Sluice: it is refused [P5.2e]',
    async stage => {
      const { checks } = await made(paused(pause(stage)))
      await expect(checks()).rejects.toMatchObject(
        refused(`it has a PAUSE hook at ${stage}, where Sluice has a deployment wait for itself; take it out`),
      )
    },
  )

  test('beside so many that ECS would not take ours is refused, with how many are too many', async () => {
    const { checks } = await made(paused(...Array.from({ length: 9 }, (_, n) => pause('PRE_SCALE_UP', n + 1))))
    await expect(checks()).rejects.toMatchObject(
      refused('it has 9 PAUSE hooks, and ECS takes 10 with the 3 of Sluice; take 2 of them out'),
    )
  })

  test('beside as many as ECS takes is theirs', async () => {
    const { checks } = await made(paused(...Array.from({ length: 7 }, (_, n) => pause('PRE_SCALE_UP', n + 1))))
    expect(await checks()).toEqual(READY)
  })

  test('at another stage is theirs to answer', async () => {
    const { checks } = await made(paused(pause('POST_SCALE_UP')))
    expect(await checks()).toEqual(READY)
  })

  test('is not what an earlier release has left there', async () => {
    const { release, checks } = await made(paused(pause('POST_TEST_TRAFFIC_SHIFT')))
    const { recordDriven } = await import('../../../functions/aws/driven.ts')
    await recordDriven(release.held, 'demo-api', { fence: 1, hooks: [pause('POST_TEST_TRAFFIC_SHIFT')] })
    expect(await checks()).toEqual(READY)
  })
})

describe('the users of a service', () => {
  test('have to be where it serves: a rule that sends them elsewhere is shown, with what mends it', async () => {
    const { world, read, checks } = await made()
    const front = world.front()
    const [serving, other] = await sides(front)
    await modify(front.productionRule, { [serving]: 70, [other]: 30 })
    const nameOf = (arn: string) => arn.split('/')[1]
    await expect(checks()).rejects.toMatchObject(
      refused(
        `${nameOf(serving)} serves, and the rule that users come by has the weights ${nameOf(serving)} 70, ${nameOf(other)} 30; ` +
          `give it all of them: aws elbv2 modify-rule --rule-arn ${front.productionRule} --actions '[{"Type":"forward"`,
      ),
    )
    await expect(checks()).rejects.toThrow(/\}\]' && sluice retry demo 3f9c0a7f6d6a$/)
    expect(await read()).toBeUndefined()
  })

  test('are all sent to an empty group where a template has put its rule back: that is what is refused', async () => {
    const { world, checks } = await made()
    const front = world.front()
    const [, other] = await sides(front)
    await modify(front.productionRule, { [other]: 1 })
    await expect(checks()).rejects.toMatchObject({
      message: expect.stringContaining(
        `serves, and the rule that users come by has the weights ${other.split('/')[1]} 1;`,
      ),
    })
  })

  test('may come to the first group or the second, whichever serves', async () => {
    const { world, checks } = await made(async world => {
      await world.update({ forceNewDeployment: true })
      await world.settled()
    })
    expect(await sides(world.front())).toEqual(world.front().targetGroups)
    expect(await checks()).toEqual(READY)
  })

  test('need somebody there who answers: without, there would be nothing to go back to', async () => {
    const { world, checks } = await made()
    const group = world.services.loadBalancers.groups.get((await sides(world.front()))[0])
    for (const target of group?.targets() ?? []) Object.assign(target, { state: 'unhealthy', reason: 'Target.Timeout' })
    await expect(checks()).rejects.toMatchObject(refused('none of the targets in demo-api-'))
    await expect(checks()).rejects.toThrow('sluice lift demo production targets && sluice retry demo 3f9c0a7f6d6a')
  })

  test('may have nobody who answers where a person says that the release mends that', async () => {
    const { world, checks } = await made()
    const group = world.services.loadBalancers.groups.get((await sides(world.front()))[0])
    for (const target of group?.targets() ?? []) Object.assign(target, { state: 'unhealthy', reason: 'Target.Timeout' })
    const { recordOverride } = await import('../../../functions/aws/overrides.ts')
    const [at, until] = [world.now(), world.now() + 60_000]
    const said = { reason: 'v2 mends it', by: 'arn:aws:iam::111122223333:user/operator' }
    await recordOverride({ app: 'demo', stage: 'production' }, { what: { kind: 'targets' }, ...said, at, until })
    expect(await checks()).toEqual(READY)
    expect(world.logged.map(({ message }) => message)).toContainEqual(
      expect.stringContaining('a person lets that pass'),
    )
  })

  test('need nobody where nothing is to run', async () => {
    const { checks } = await made(async world => {
      await world.update({ desiredCount: 0 })
      await world.until('nothing runs', async () => (await world.describe()).runningCount === 0)
    })
    expect(await checks()).toEqual(READY)
  })
})

describe('the smoke tests of a service', () => {
  test('reach green by the rule for tests', async () => {
    const { checks } = await made(undefined, TESTED)
    expect(await checks()).toEqual(READY)
  })

  test('are refused where there is none, with what gives it one [P5.4c]', async () => {
    const { checks } = await made(testedBy(undefined), TESTED)
    await expect(checks()).rejects.toMatchObject(
      refused('it has smoke tests and no rule by which they reach the new version before its users; give it one'),
    )
    await expect(checks()).rejects.toMatchObject({
      message: expect.stringContaining('"testListenerRule":"<ARN of the listener rule that tests come by>"'),
    })
  })

  test('are refused where the rule is for another host', async () => {
    const before = async (world: World) => {
      const { testRule, targetGroups } = world.front()
      const { Rules: [rule] = [] } = await elb().send(
        new CreateRuleCommand({
          ListenerArn: testRule.replace(':listener-rule/', ':listener/').replace(/\/[^/]*$/, ''),
          Priority: 2,
          Conditions: [{ Field: 'host-header', HostHeaderConfig: { Values: ['test.demo.example'] } }],
          Actions: forward({ [targetGroups[0]]: 1, [targetGroups[1]]: 0 }),
        }),
      )
      await testedBy(rule?.RuleArn)(world)
    }
    const { checks } = await made(before, TESTED)
    await expect(checks()).rejects.toMatchObject(
      refused(
        'smoke test https://api.demo.example/health cannot come by the rule for tests: its host-header is test.demo.example, and the test asks for api.demo.example',
      ),
    )
  })

  test('need no such rule where the service has none of them', async () => {
    const { checks } = await made(testedBy(undefined))
    expect(await checks()).toEqual(READY)
  })
})

/** The rule for tests is another one; undefined: there is none. */
const testedBy = (rule: string | undefined) =>
  wired(({ advancedConfiguration: { testListenerRule: _, ...advanced } = {}, ...rest }) => ({
    ...rest,
    advancedConfiguration: { ...advanced, ...(rule && { testListenerRule: rule }) } as AdvancedConfiguration,
  }))
