import { expect, test } from 'vitest'
import { servingGroup, whyElsewhere, whyUnhealthy } from '../../domain/users-place.ts'

const [BLUE, GREEN] = ['arn:targetgroup/blue/1', 'arn:targetgroup/green/2']
const wiring = { productionRule: 'arn:listener-rule/app/shop/1/2/3', targetGroups: [BLUE, GREEN] as [string, string] }
const strategy = (of: string) => ({ deploymentConfiguration: { strategy: of } })
const rule = (weights: Record<string, number>, others: string[] = []) => ({
  weights: Object.entries(weights).map(([targetGroup, weight]) => ({ targetGroup, weight })),
  others,
})

test.each([
  ['the second, where ECS records that', [GREEN], 'BLUE_GREEN', GREEN],
  ['the first, where ECS records that', [BLUE], 'BLUE_GREEN', BLUE],
  ['the first, of a service that was never shifted', [], 'ROLLING', BLUE],
])('of two target groups serves %s', (_, serving, of, group) => {
  expect(servingGroup(wiring, serving, strategy(of))).toEqual({ kind: 'serves', group })
})

test('nobody knows which one serves where ECS records neither', () => {
  expect(servingGroup(wiring, ['other'], strategy('BLUE_GREEN'))).toMatchObject({
    kind: 'unknown',
    found: 'ECS does not say which of its target groups serves: blue, green',
  })
})

test.each([
  ['to it, with a weight of whatever kind', rule({ [BLUE]: 1, [GREEN]: 0 })],
  ['to it alone', rule({ [BLUE]: 100 })],
  ['to it, after they have logged in', rule({ [BLUE]: 100 }, ['authenticate-oidc'])],
])('users who are sent %s are where it serves', (_, sent) => {
  expect(whyElsewhere(wiring, sent, BLUE)).toBeUndefined()
})

test.each([
  ['to the other one', rule({ [GREEN]: 1 }), 'the weights green 1', 'give it all of them'],
  ['to both', rule({ [BLUE]: 70, [GREEN]: 30 }), 'the weights blue 70, green 30', 'give it all of them'],
  [
    'nowhere',
    rule({}, ['fixed-response']),
    'the weights of no target group',
    'leave fixed-response beside it as it is',
  ],
  ['by a rule that is gone', undefined, `its users come by rule ${wiring.productionRule}, which is gone`, 'correct'],
])('users who are sent %s are not', (_, sent, found, remedy) => {
  const lack = whyElsewhere(wiring, sent, BLUE)
  expect(lack?.found).toContain(found)
  expect(lack?.remedy).toContain(remedy)
})

const target = (state: string, reason?: string) => ({ state, ...(reason && { reason }) })
test.each([
  ['one of two is healthy', [target('healthy'), target('unhealthy')], 2, undefined],
  ['nothing is to run', [], 0, undefined],
  [
    'all are ill',
    [target('unhealthy', 'Target.Timeout'), target('draining')],
    2,
    'unhealthy (Target.Timeout), draining',
  ],
  ['nobody is there', [], 2, 'there are none'],
])('where %s, users are answered or not', (_, targets, desiredCount, told) => {
  const why = whyUnhealthy(BLUE, targets, { desiredCount })
  expect(why).toBe(told && `none of the targets in blue, which serves, is healthy: ${told}`)
})
