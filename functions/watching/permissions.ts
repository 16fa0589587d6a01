import type { Statement } from '../permissions.ts'

export const readsAlarms: Statement = {
  actions: ['cloudwatch:DescribeAlarms'],
  resources: ['*'],
  because: 'AWS leaves composite alarms out of the answer to whoever may not read all alarms, and says nothing of it',
}

/** What alarms went through, whatever state they are in now. */
export const readsAlarmHistory: Statement = { ...readsAlarms, actions: ['cloudwatch:DescribeAlarmHistory'] }

export const readsTargetGroups: Statement = {
  actions: ['elasticloadbalancing:DescribeTargetGroups'],
  resources: ['*'],
  because: 'AWS knows no resource type for this action',
}

export const readsMetrics: Statement = {
  actions: ['cloudwatch:GetMetricData'],
  resources: ['*'],
  because: 'AWS knows no resource type for this action',
}
