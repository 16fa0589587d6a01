import { App, Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { expect, test } from 'vitest'
import { lettersOf, ringAt } from '../../infra/dead-letters.ts'

const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:on-call'

test('every alarm tells the topic that it was given when it rings, and when it ends', () => {
  const stack = new Stack(new App(), 'Stack')
  for (const alarm of ['Lost', 'Failed']) lettersOf(stack, `${alarm}Letters`, { alarm, meaning: 'read them' })
  ringAt(stack, TOPIC)
  const alarms = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm'))
  expect(alarms).toHaveLength(2)
  for (const { Properties } of alarms) expect(Properties).toMatchObject({ AlarmActions: [TOPIC], OKActions: [TOPIC] })
})
