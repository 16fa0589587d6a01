import { expect, test } from 'vitest'
import { sendsAllTo } from '../../domain/snippets.ts'

const RULE = 'arn:aws:elasticloadbalancing:eu-west-1:1:listener-rule/app/x/1/2/3'
const weights = [
  { targetGroup: 'blue', weight: 30 },
  { targetGroup: 'other', weight: 5 },
]

test('a rule keeps all its groups and the stickiness of its users; only the weights change', () => {
  const typed = sendsAllTo(RULE, 'green', { weights, stickySeconds: 600, targetGroups: ['blue', 'green'] })
  const [, actions = ''] = /^aws elbv2 modify-rule --rule-arn \S+ --actions '(.*)'$/.exec(typed) ?? []
  expect(JSON.parse(actions)).toEqual([
    {
      Type: 'forward',
      ForwardConfig: {
        TargetGroups: [
          { TargetGroupArn: 'blue', Weight: 0 },
          { TargetGroupArn: 'green', Weight: 100 },
          { TargetGroupArn: 'other', Weight: 0 },
        ],
        TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 600 },
      },
    },
  ])
})

test('a listener without rules is changed itself', () => {
  const arn = RULE.replace('listener-rule/app/x/1/2/3', 'listener/net/x/1/2')
  expect(sendsAllTo(arn, 'green', { weights: [], targetGroups: ['blue', 'green'] })).toMatch(
    new RegExp(`^aws elbv2 modify-listener --listener-arn ${arn} --default-actions '\\[`),
  )
})
