/** A CloudWatch alarm on one metric. */
export interface Alarm {
  name: string
  namespace: string
  metric: string
  dimensions: Readonly<Record<string, string>>
  comparison: Comparison
  threshold: number
}

export const COMPARISONS = {
  GreaterThanOrEqualToThreshold: (value: number, threshold: number) => value >= threshold,
  GreaterThanThreshold: (value: number, threshold: number) => value > threshold,
  LessThanOrEqualToThreshold: (value: number, threshold: number) => value <= threshold,
  LessThanThreshold: (value: number, threshold: number) => value < threshold,
}

export type Comparison = keyof typeof COMPARISONS

export interface AlarmState {
  name: string
  /** `INSUFFICIENT_DATA` where the rehearsal does not measure the alarm's metric. */
  state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'
}

export interface CloudWatch {
  putAlarm(alarm: Alarm): void
  /** What CloudWatch would come to, periods passed over: the state by the metric's value of this moment. Nobody is told of it. */
  alarms(): AlarmState[]
}

/** `visible`: how many messages a queue of this name shows; undefined when there is no such queue. */
export function createCloudWatch(visible: (queueName: string) => number | undefined): CloudWatch {
  const known = new Map<string, Alarm>()
  const measured = ({ namespace, metric, dimensions }: Alarm) =>
    namespace === 'AWS/SQS' && metric === 'ApproximateNumberOfMessagesVisible'
      ? visible(dimensions.QueueName ?? '')
      : undefined
  const stateOf = (alarm: Alarm): AlarmState['state'] => {
    const value = measured(alarm)
    if (value === undefined) return 'INSUFFICIENT_DATA'
    return COMPARISONS[alarm.comparison](value, alarm.threshold) ? 'ALARM' : 'OK'
  }
  return {
    putAlarm: alarm => void known.set(alarm.name, alarm),
    alarms: () => [...known.values()].map(alarm => ({ name: alarm.name, state: stateOf(alarm) })),
  }
}
