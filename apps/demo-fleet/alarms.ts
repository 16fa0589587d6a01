import { CloudWatchClient, PutCompositeAlarmCommand, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch'
import type { Stage } from '../../domain/application.ts'
import type { Front } from './front.ts'

const cloudWatch = () => new CloudWatchClient({})

/** The alarms that a stage is watched by: each on the errors that its load balancer's targets answer; of several, the last one over all others. */
export async function createAlarms({ watch }: Stage, front: Front): Promise<void> {
  const alarms = watch?.alarms ?? []
  const [over, ...rest] = alarms.toReversed()
  const single = rest.length > 0 ? rest.toReversed() : alarms
  for (const name of single) await alarmOnErrors(name, front.arn)
  if (over === undefined || rest.length === 0) return
  const AlarmRule = single.map(name => `ALARM("${name}")`).join(' OR ')
  await cloudWatch().send(new PutCompositeAlarmCommand({ AlarmName: over, AlarmRule }))
}

/** Rings at a third error in a minute. */
async function alarmOnErrors(AlarmName: string, balancerArn: string): Promise<void> {
  await cloudWatch().send(
    new PutMetricAlarmCommand({
      ...{ AlarmName, Namespace: 'AWS/ApplicationELB', MetricName: 'HTTPCode_Target_5XX_Count', Statistic: 'Sum' },
      Dimensions: [{ Name: 'LoadBalancer', Value: balancerArn.split(':loadbalancer/')[1] }],
      ...{ Period: 60, EvaluationPeriods: 1, DatapointsToAlarm: 1 },
      ...{ Threshold: 3, ComparisonOperator: 'GreaterThanOrEqualToThreshold', TreatMissingData: 'notBreaching' },
    }),
  )
}
