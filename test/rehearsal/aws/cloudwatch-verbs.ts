import {
  DescribeAlarmsCommand,
  type DescribeAlarmsCommandInput,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  SetAlarmStateCommand,
  type StateValue,
} from '@aws-sdk/client-cloudwatch'
import type { CloudWatchWorld } from './cloudwatch-world.ts'

/** What a test does with alarms, in one world. */
export function alarmsIn({ aws, dimensions }: CloudWatchWorld) {
  return {
    /** More than two errors a minute, once. */
    put: (more: Partial<PutMetricAlarmCommandInput> = {}) =>
      aws.send(
        new PutMetricAlarmCommand({
          AlarmName: 'errors',
          Namespace: 'AWS/ApplicationELB',
          MetricName: 'HTTPCode_Target_5XX_Count',
          Dimensions: dimensions.group,
          Statistic: 'Sum',
          Period: 60,
          EvaluationPeriods: 1,
          Threshold: 2,
          ComparisonOperator: 'GreaterThanThreshold',
          TreatMissingData: 'notBreaching',
          ...more,
        }),
      ),
    compose: (AlarmName: string, AlarmRule: string) => aws.send(new PutCompositeAlarmCommand({ AlarmName, AlarmRule })),
    set: (AlarmName: string, StateValue: StateValue) =>
      aws.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'a test of the pager' })),
    async described(input: DescribeAlarmsCommandInput = {}) {
      const { MetricAlarms = [], CompositeAlarms = [], NextToken } = await aws.send(new DescribeAlarmsCommand(input))
      return { metric: MetricAlarms, composite: CompositeAlarms, NextToken }
    },
  }
}

export type Alarms = ReturnType<typeof alarmsIn>
