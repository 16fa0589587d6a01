import { type Authorization, arn } from '../service.ts'
import { onAnything } from './access.ts'

const alarm = (name: string) => arn('cloudwatch', `alarm:${name}`)

/** A list is authorised on all alarms, whatever names it asks for. */
const listing = (action: string) => () => [{ action, resource: alarm('*') }]

const naming =
  (action: string) =>
  ({ AlarmName = '' }: { AlarmName?: string }) => [{ action, resource: alarm(AlarmName) }]

export const CLOUDWATCH_AUTHORIZATION: Authorization = {
  DescribeAlarms: listing('cloudwatch:DescribeAlarms'),
  DescribeAlarmHistory: listing('cloudwatch:DescribeAlarmHistory'),
  GetMetricData: onAnything('cloudwatch:GetMetricData'),
  PutMetricAlarm: naming('cloudwatch:PutMetricAlarm'),
  PutCompositeAlarm: naming('cloudwatch:PutCompositeAlarm'),
  SetAlarmState: naming('cloudwatch:SetAlarmState'),
}
