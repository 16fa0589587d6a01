import type * as Input from '@aws-sdk/client-cloudwatch'
import * as sdk from '@aws-sdk/client-cloudwatch'
import { CLOUDWATCH_AUTHORIZATION } from './authorization/cloudwatch.ts'
import { Alarms } from './cloudwatch/alarms.ts'
import { describeAlarms } from './cloudwatch/describe-alarms.ts'
import { metricData } from './cloudwatch/metric-data.ts'
import { type Measured, measureWith } from './cloudwatch/metrics.ts'
import { compositeAlarmOf, metricAlarmOf } from './cloudwatch/put-alarms.ts'
import { AwsError, type EventBus, type Service } from './service.ts'
import { length, oneOf } from './wire/constraints.ts'

export interface AlarmState {
  name: string
  state: Input.StateValue
}

export interface CloudWatch extends Service {
  /** Puts a metric alarm of a stack. */
  putAlarm(input: Input.PutMetricAlarmInput): void
  /** By name. */
  deleteAlarm(name: string): void
  /** Every alarm as it is now. One on a metric that AWS measures and the rehearsal does not is in `INSUFFICIENT_DATA`. */
  alarms(): AlarmState[]
  /** Those that a stack brought. */
  stackAlarms(): AlarmState[]
  /** Those of these alarms that are in ALARM. */
  ringing(names: string[]): string[]
}

export type CloudWatchOptions = Measured & { bus: EventBus }

/** Metrics of load balancers and queues, and the alarms on them. */
export function createCloudWatch(options: CloudWatchOptions): CloudWatch {
  const { clock, bus } = options
  const measure = measureWith(options)
  const alarms = new Alarms({ clock, bus, measure })
  const ofStack = new Set<string>()
  const put = (input: Input.PutMetricAlarmInput) => {
    alarms.put(metricAlarmOf(input, clock.now()))
    return {}
  }
  const all = () => {
    alarms.look()
    return alarms.list().map(({ name, state }) => ({ name, state: state.value }))
  }
  return {
    signingName: 'monitoring',
    sdk,
    authorization: CLOUDWATCH_AUTHORIZATION,
    operations: {
      PutMetricAlarm: put,
      PutCompositeAlarm(input: Input.PutCompositeAlarmInput) {
        alarms.put(compositeAlarmOf(input, alarms, clock.now()))
        return {}
      },
      DescribeAlarms: (input: Input.DescribeAlarmsInput) => describeAlarms(alarms, input),
      DescribeAlarmHistory: (input: Input.DescribeAlarmHistoryInput) => {
        alarms.look()
        return alarms.history.describe(input)
      },
      GetMetricData: (input: Input.GetMetricDataInput) => metricData(measure, input),
      SetAlarmState(input: Input.SetAlarmStateInput) {
        const { AlarmName: name = '', StateValue: value, StateReason: reason = '', StateReasonData: reasonData } = input
        oneOf('stateValue', value, sdk.StateValue)
        length('stateReason', reason, 0, 1023)
        const alarm = alarms.get(name)
        if (!alarm || !value) throw new AwsError('ResourceNotFound', `Unknown alarm: ${name}`, 404)
        alarms.set(alarm, value, { reason, ...(reasonData !== undefined && { reasonData }) })
        return {}
      },
    },
    putAlarm(input) {
      put(input)
      ofStack.add(input.AlarmName ?? '')
    },
    deleteAlarm(name) {
      alarms.delete(name)
      ofStack.delete(name)
    },
    alarms: all,
    stackAlarms: () => all().filter(({ name }) => ofStack.has(name)),
    ringing: names => names.filter(name => all().some(alarm => alarm.name === name && alarm.state === 'ALARM')),
  }
}
