import type { DescribeAlarmHistoryInput, DescribeAlarmHistoryOutput } from '@aws-sdk/client-cloudwatch'
import { AlarmType, HistoryItemType, ScanBy } from '@aws-sdk/client-cloudwatch'
import { length, oneOf, range } from '../wire/constraints.ts'
import { notRehearsed } from '../wire/endpoint.ts'
import type { AlarmState, AnyAlarm } from './model.ts'
import { paged } from './pages.ts'

/** CloudWatch keeps an alarm's history for a month; these are its latest changes of state. */
const KEPT = 1_000

interface Change {
  name: string
  kind: AnyAlarm['kind']
  from: AlarmState
  to: AlarmState
}

/** Which states every alarm went through, also of one that is gone. */
export class AlarmHistory {
  readonly #changes: Change[] = []

  note({ name, kind, state: to }: AnyAlarm, from: AlarmState): void {
    this.#changes.push({ name, kind, from, to })
    if (this.#changes.length > KEPT) this.#changes.shift()
  }

  describe(input: DescribeAlarmHistoryInput): DescribeAlarmHistoryOutput {
    const { AlarmName: name, AlarmTypes: types = ['MetricAlarm'], HistoryItemType: item, ScanBy: order } = input
    if (name === undefined) throw notRehearsed('cloudwatch:DescribeAlarmHistory of all alarms')
    length('alarmName', name, 1, 255)
    for (const type of types) oneOf('alarmTypes', type, AlarmType)
    oneOf('historyItemType', item, HistoryItemType)
    oneOf('scanBy', order, ScanBy)
    range('maxRecords', input.MaxRecords, 1, 100)
    if (item !== 'StateUpdate') throw notRehearsed(`cloudwatch:DescribeAlarmHistory of ${item ?? 'all'} items`)
    const [from, to] = [input.StartDate?.getTime() ?? 0, input.EndDate?.getTime() ?? Number.POSITIVE_INFINITY]
    const oldestFirst = this.#changes.filter(
      ({ name: of, kind, to: { changedAt } }) =>
        of === name &&
        types.includes(kind === 'metric' ? 'MetricAlarm' : 'CompositeAlarm') &&
        changedAt >= from &&
        changedAt <= to,
    )
    const asked = order === 'TimestampAscending' ? oldestFirst : oldestFirst.toReversed()
    const { page, ...rest } = paged(asked, input)
    return { AlarmHistoryItems: page.map(told), ...rest }
  }
}

function told({ name, kind, from, to }: Change) {
  return {
    AlarmName: name,
    AlarmType: kind === 'metric' ? AlarmType.MetricAlarm : AlarmType.CompositeAlarm,
    Timestamp: new Date(to.changedAt),
    HistoryItemType: HistoryItemType.StateUpdate,
    HistorySummary: `Alarm updated from ${from.value} to ${to.value}`,
    HistoryData: JSON.stringify({ version: '1.0', oldState: stateData(from), newState: stateData(to) }),
  }
}

function stateData({ value, reason, reasonData }: AlarmState) {
  return {
    stateValue: value,
    stateReason: reason,
    ...(reasonData !== undefined && { stateReasonData: JSON.parse(reasonData) }),
  }
}
