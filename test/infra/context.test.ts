import { describe, expect, test } from 'vitest'
import { readContext } from '../../infra/context.ts'

const SHOP = ['apps/shop.yaml']
const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:on-call'
const read = (told: Record<string, unknown>, deployed = SHOP) => readContext(key => told[key], deployed)

describe('what is deployed', () => {
  test.each([
    ['is every application file', read({}), { stackName: 'Sluice', files: SHOP }],
    [
      'is the demo, under a name of its own, where there is none',
      read({}, []),
      { stackName: 'SluiceDemo', files: ['apps/demo.yaml'] },
    ],
    ['is what is named', read({ apps: 'a.yaml,b.yaml' }), { stackName: 'Sluice', files: ['a.yaml', 'b.yaml'] }],
    [
      'is a further installation with applications of its own',
      read({ stack: 'Payments', apps: 'apps/payments.yaml' }),
      { stackName: 'Payments', files: ['apps/payments.yaml'] },
    ],
    ['tells a topic of its alarms', read({ alarms: TOPIC }), { stackName: 'Sluice', files: SHOP, alarms: TOPIC }],
  ])('%s', (_, context, expected) => {
    expect(context).toEqual(expected)
  })

  test.each([
    [
      'a further installation that would take the applications of the first',
      { stack: 'Payments' },
      '-c stack=Payments: a further installation has applications of its own',
    ],
    [
      'a name that CloudFormation does not take',
      { stack: '1st', apps: 'a.yaml' },
      '-c stack=1st: is no name of a stack',
    ],
    ['a topic that is none', { alarms: 'on-call' }, '-c alarms=on-call: is no ARN of an SNS topic'],
    ['nothing', { apps: '' }, '-c apps="": is empty or no text'],
    ['a flag without a value', { stack: true }, '-c stack=true: is empty or no text'],
  ])('is not %s', (_, told, message) => {
    expect(() => read(told)).toThrow(message)
  })
})
