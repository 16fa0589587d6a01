import * as z from 'zod'

/** CloudWatch says that an alarm is in another state than before. What it is now is read, not believed. */
export const cloudwatchAlarmStateChange = z.object({
  source: z.literal('aws.cloudwatch'),
  'detail-type': z.literal('CloudWatch Alarm State Change'),
  /** ARN of the alarm. */
  resources: z.tuple([z.string()]).rest(z.string()),
  detail: z.object({ alarmName: z.string().min(1), state: z.object({ value: z.string() }) }),
})

/** One of these alarms changed, to whatever: one that has no data any more is not quiet. */
export function changesOf(alarmNames: string[]) {
  return {
    source: ['aws.cloudwatch'],
    detailType: ['CloudWatch Alarm State Change'],
    detail: { alarmName: alarmNames },
  }
}
