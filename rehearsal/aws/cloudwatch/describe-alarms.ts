import type {
  CompositeAlarm as CompositeTold,
  DescribeAlarmsInput,
  DescribeAlarmsOutput,
  MetricAlarm as MetricTold,
} from '@aws-sdk/client-cloudwatch'
import { AlarmType, StateValue } from '@aws-sdk/client-cloudwatch'
import { AwsError } from '../service.ts'
import { length, oneOf, range } from '../wire/constraints.ts'
import { notRehearsed } from '../wire/endpoint.ts'
import type { Alarms } from './alarms.ts'
import type { AnyAlarm, CompositeAlarm, MetricAlarm } from './model.ts'
import { paged } from './pages.ts'

const NOT_ASKED = ['ChildrenOfAlarmName', 'ParentsOfAlarmName', 'ActionPrefix'] as const

/** What is not asked for by its type is not told, and a name that no alarm has is simply absent. */
export function describeAlarms(alarms: Alarms, input: DescribeAlarmsInput): DescribeAlarmsOutput {
  const other = NOT_ASKED.find(member => input[member] !== undefined)
  if (other) throw notRehearsed(`cloudwatch:DescribeAlarms with ${other}`)
  const { AlarmNames: names, AlarmNamePrefix: prefix, AlarmTypes: types = ['MetricAlarm'], StateValue: value } = input
  length('alarmNames', names, 0, 100)
  for (const name of names ?? []) length('alarmNames', name, 1, 255)
  for (const type of types) oneOf('alarmTypes', type, AlarmType)
  oneOf('stateValue', value, StateValue)
  range('maxRecords', input.MaxRecords, 1, 100)
  if (names !== undefined && prefix !== undefined) {
    const message = 'AlarmNamePrefix must not be given together with AlarmNames.'
    throw new AwsError('InvalidParameterCombinationException', message)
  }
  alarms.look()
  const asked = alarms
    .list()
    .filter(
      ({ name, kind, state }) =>
        (names?.includes(name) ?? true) &&
        (prefix === undefined || name.startsWith(prefix)) &&
        (value === undefined || state.value === value) &&
        types.includes(kind === 'metric' ? 'MetricAlarm' : 'CompositeAlarm'),
    )
    .sort((one, other) => (one.name < other.name ? -1 : 1))
  const { page, ...rest } = paged(asked, input)
  const metric = page.filter((alarm): alarm is MetricAlarm => alarm.kind === 'metric')
  const composite = page.filter((alarm): alarm is CompositeAlarm => alarm.kind === 'composite')
  return { MetricAlarms: metric.map(metricTold), CompositeAlarms: composite.map(compositeTold), ...rest }
}

function metricTold(alarm: MetricAlarm): MetricTold {
  return { Dimensions: [], ...alarm.said, ...stateTold(alarm) }
}

function compositeTold(alarm: CompositeAlarm): CompositeTold {
  return { ...alarm.said, ...stateTold(alarm) }
}

function stateTold({ arn, configuredAt, state }: AnyAlarm) {
  return {
    AlarmArn: arn,
    AlarmConfigurationUpdatedTimestamp: new Date(configuredAt),
    StateValue: state.value,
    StateReason: state.reason,
    ...(state.reasonData !== undefined && { StateReasonData: state.reasonData }),
    StateUpdatedTimestamp: new Date(state.updatedAt),
    StateTransitionedTimestamp: new Date(state.changedAt),
  }
}
