import {
  DescribeListenersCommand,
  DescribeRulesCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { describe, expect, test } from 'vitest'
import { wiringsOf } from '../../../domain/wiring.ts'
import { findRule, readListener, targetHealth } from '../../../functions/aws/load-balancing.ts'
import { type Heard, isSigned, listener } from '../listener.ts'
import { createWorld } from '../world.ts'

const ELB = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333'
const RULE = `${ELB}:listener-rule/app/demo/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee`
const LISTENER = `${ELB}:listener/app/demo/50dc6c495c0c9188/f2f7dc8efc522ab2`
const NETWORK = `${ELB}:listener/net/demo/50dc6c495c0c9188/f2f7dc8efc522ab2`
const [BLUE, GREEN] = [`${ELB}:targetgroup/blue/6d0ecf831eec9f09`, `${ELB}:targetgroup/green/73e2d6bc24d8a067`]

const answerTo = (operation: string, xml: string) =>
  `<${operation}Response><${operation}Result>${xml}</${operation}Result></${operation}Response>`
const forwards = (...to: string[]) =>
  `<member><Type>forward</Type><ForwardConfig><TargetGroups>${to.join('')}</TargetGroups></ForwardConfig></member>`
const group = (arn: string, weight?: number) =>
  `<member><TargetGroupArn>${arn}</TargetGroupArn>${weight === undefined ? '' : `<Weight>${weight}</Weight>`}</member>`

describe('what is asked of ELB', () => {
  test.each<[string, () => Promise<unknown>, (elb: ElasticLoadBalancingV2Client) => Promise<unknown>]>([
    ['a rule', () => findRule(RULE), elb => elb.send(new DescribeRulesCommand({ RuleArns: [RULE] }))],
    [
      'a listener that has no rules',
      () => findRule(NETWORK),
      elb => elb.send(new DescribeListenersCommand({ ListenerArns: [NETWORK] })),
    ],
    [
      'the health of targets',
      () => targetHealth(BLUE),
      elb => elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: BLUE })),
    ],
  ])('%s is what the SDK asks, signed', async (_, ask, sdk) => {
    const heard = await listener('<a/>')
    await ask()
    await sdk(new ElasticLoadBalancingV2Client({})).catch(() => {})
    const [ours, theirs] = heard as [Heard, Heard]
    const form = ({ body }: Heard) => Object.fromEntries(new URLSearchParams(body))
    expect(form(ours)).toEqual(form(theirs))
    expect(ours.headers['content-type']).toBe(theirs.headers['content-type'])
    expect(heard.map(each => isSigned(each, 'elasticloadbalancing'))).toEqual([true, true])
  })
})

describe('a rule is read', () => {
  const rule = (actions: string, conditions = '') =>
    answerTo(
      'DescribeRules',
      `<Rules><member><Conditions>${conditions}</Conditions><Actions>${actions}</Actions></member></Rules>`,
    )

  test('with the weights of both groups', async () => {
    await listener(rule(forwards(group(BLUE, 100), group(GREEN, 0))))
    expect(await findRule(RULE)).toEqual({
      listener: LISTENER,
      weights: [
        { targetGroup: BLUE, weight: 100 },
        { targetGroup: GREEN, weight: 0 },
      ],
      others: [],
      conditions: [],
    })
  })

  test.each([
    ['one group has no weight beside it', forwards(group(BLUE)), [{ targetGroup: BLUE, weight: 1 }]],
    [
      'only one group is named',
      `<member><Type>forward</Type><TargetGroupArn>${BLUE}</TargetGroupArn></member>`,
      [{ targetGroup: BLUE, weight: 1 }],
    ],
    [
      'people have to log in first',
      `<member><Type>authenticate-oidc</Type></member>${forwards(group(BLUE, 1))}`,
      [{ targetGroup: BLUE, weight: 1 }],
    ],
    ['it forwards nothing', '<member><Type>fixed-response</Type></member>', []],
  ])('where %s', async (_, actions, weights) => {
    await listener(rule(actions))
    expect(await findRule(RULE)).toMatchObject({ weights })
  })

  test('with what else it does, and for how long users stay where they are', async () => {
    const sticky = `<TargetGroupStickinessConfig><Enabled>true</Enabled><DurationSeconds>600</DurationSeconds></TargetGroupStickinessConfig>`
    const forward = forwards(group(BLUE, 1)).replace('</ForwardConfig>', `${sticky}</ForwardConfig>`)
    await listener(rule(`<member><Type>authenticate-oidc</Type></member>${forward}`))
    expect(await findRule(RULE)).toMatchObject({ others: ['authenticate-oidc'], stickySeconds: 600 })
    await listener(rule(forward.replace('true', 'false')))
    expect(await findRule(RULE)).not.toHaveProperty('stickySeconds')
  })

  test('with its conditions, in whichever form ELB says them', async () => {
    await listener(
      rule(
        forwards(group(BLUE)),
        '<member><Field>host-header</Field><HostHeaderConfig><Values><member>a.example</member><member>*.b.example</member></Values></HostHeaderConfig></member>' +
          '<member><Field>path-pattern</Field><Values><member>/*</member></Values></member>' +
          '<member><Field>http-header</Field><HttpHeaderConfig><HttpHeaderName>x-test</HttpHeaderName><Values><member>green</member></Values></HttpHeaderConfig></member>' +
          '<member><Field>path-pattern</Field><RegexValues><member>^/a</member></RegexValues></member>' +
          '<member><Field>path-pattern</Field><PathPatternConfig><RegexValues><member>^/b</member></RegexValues></PathPatternConfig></member>' +
          '<member><Field>http-header</Field><HttpHeaderConfig><HttpHeaderName>x-test</HttpHeaderName><RegexValues><member>^g</member></RegexValues></HttpHeaderConfig></member>' +
          '<member><Field>query-string</Field><QueryStringConfig><Values><member><Key>look</Key><Value>green</Value></member><member><Value>v2</Value></member></Values></QueryStringConfig></member>' +
          '<member><Field>http-request-method</Field><HttpRequestMethodConfig><Values><member>POST</member></Values></HttpRequestMethodConfig></member>' +
          '<member><Field>source-ip</Field><SourceIpConfig><Values><member>10.0.0.0/8</member></Values></SourceIpConfig></member>',
      ),
    )
    expect((await findRule(RULE))?.conditions).toEqual([
      { field: 'host-header', values: ['a.example', '*.b.example'], byRegex: false },
      { field: 'path-pattern', values: ['/*'], byRegex: false },
      { field: 'http-header', header: 'x-test', values: ['green'], byRegex: false },
      { field: 'path-pattern', values: [], byRegex: true },
      { field: 'path-pattern', values: [], byRegex: true },
      { field: 'http-header', header: 'x-test', values: [], byRegex: true },
      {
        field: 'query-string',
        parameters: [{ key: 'look', value: 'green' }, { value: 'v2' }],
        values: [],
        byRegex: false,
      },
      { field: 'http-request-method', values: ['POST'], byRegex: false },
      { field: 'source-ip', values: ['10.0.0.0/8'], byRegex: false },
    ])
  })

  test('as the one action of a listener that has no rules', async () => {
    const listed = `<Listeners><member><DefaultActions>${forwards(group(GREEN, 1))}</DefaultActions></member></Listeners>`
    await listener(answerTo('DescribeListeners', listed))
    expect(await findRule(NETWORK)).toEqual({
      listener: NETWORK,
      weights: [{ targetGroup: GREEN, weight: 1 }],
      others: [],
      conditions: [],
    })
  })

  test('as none where it is gone, and not where ELB refuses to say', async () => {
    const refusal = (code: string) =>
      `<ErrorResponse><Error><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`
    await listener(refusal('RuleNotFound'), 400)
    expect(await findRule(RULE)).toBeUndefined()
    await listener(refusal('AccessDenied'), 403)
    await expect(findRule(RULE)).rejects.toMatchObject({ name: 'AccessDenied' })
  })
})

test('the rules, listeners and targets of a service that changes colour are those that ECS names', async () => {
  const world = await createWorld(file => Object.assign(file.stages[0]?.services[0] ?? {}, { strategy: 'blue-green' }))
  const front = world.front()
  const [wiring] = wiringsOf(await world.describe())
  expect(wiring).toEqual({
    productionRule: front.productionRule,
    testRule: front.testRule,
    targetGroups: front.targetGroups,
  })
  const load = await import('../../../functions/aws/load-balancing.ts')
  const { listener: users = '', weights = [] } = (await load.findRule(front.productionRule)) ?? {}
  expect(Object.fromEntries(weights.map(({ targetGroup, weight }) => [targetGroup, weight]))).toEqual(
    await front.weights(),
  )
  expect(await load.readListener(users)).toEqual({ port: 80, protocol: 'HTTP' })
  const serving = weights.find(({ weight }) => weight > 0)?.targetGroup ?? ''
  expect(await load.targetHealth(serving)).toMatchObject([{ state: 'healthy' }])
  const { loadBalancersOf } = await import('../../../functions/aws/target-groups.ts')
  expect(Object.values(await loadBalancersOf([serving]))).toEqual([
    [expect.stringContaining(':loadbalancer/app/demo-api/')],
  ])
})

test('a service whose load balancer ECS may not shift has no wiring', () => {
  expect(wiringsOf({})).toEqual([])
  expect(wiringsOf({ loadBalancers: [{ targetGroupArn: BLUE }] })).toEqual([])
})

test('a listener that is gone is a surprise', async () => {
  await listener(answerTo('DescribeListeners', '<Listeners/>'))
  await expect(readListener(LISTENER)).rejects.toThrow(LISTENER)
})
