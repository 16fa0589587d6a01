/** How many requests an account may make at once in a region, and how many a second after that; all of the operations count together. */
export interface Rate {
  burst: number
  perSecond: number
  operations: readonly string[]
}

/** By the name that a request is signed for, as AWS documents them for the rehearsed region; only of what is rehearsed. */
export const RATES: Readonly<Record<string, readonly Rate[]>> = {
  // https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
  cloudtrail: [...each(10, ['DescribeTrails', 'GetEventSelectors', 'GetTrailStatus'])],
  // https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html
  ecr: [...each(2_000, ['BatchGetImage']), ...each(3_000, ['GetDownloadUrlForLayer'])],
  // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
  ecs: [
    together(20, 1, ['CreateCluster']),
    together(50, 20, ['DescribeClusters', 'ListClusters']),
    together(50, 5, ['CreateService', 'DeleteService', 'UpdateService']),
    together(100, 20, ['DescribeServices', 'ListServices']),
    together(50, 20, ['DescribeServiceDeployments', 'ListServiceDeployments']),
    together(50, 20, ['DescribeServiceRevisions']),
    together(20, 1, ['DeregisterTaskDefinition', 'RegisterTaskDefinition']),
    together(50, 20, ['DescribeTaskDefinition', 'ListTaskDefinitions']),
    together(100, 40, ['RunTask', 'StopTask']),
    together(100, 20, ['DescribeTasks', 'ListTasks']),
  ],
  // https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-throttling.html
  elasticloadbalancing: [
    together(40, 10, [
      ...['DescribeListeners', 'DescribeLoadBalancers', 'DescribeRules'],
      ...['DescribeTargetGroups', 'DescribeTargetHealth'],
    ]),
  ],
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
  events: [...each(10_000, ['PutEvents'])],
  // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
  lambda: [together(15, 15, ['DeleteFunction', 'ListVersionsByFunction'])],
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
  logs: [...each(10, ['GetLogEvents'])],
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
  monitoring: [
    ...each(9, ['DescribeAlarms']),
    ...each(20, ['DescribeAlarmHistory']),
    ...each(50, ['GetMetricData']),
    ...each(3, ['PutCompositeAlarm', 'PutMetricAlarm', 'SetAlarmState']),
  ],
  // https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
  secretsmanager: [
    together(10_000, 10_000, ['DescribeSecret', 'GetSecretValue']),
    ...each(50, ['CreateSecret', 'PutSecretValue']),
  ],
  // https://docs.aws.amazon.com/general/latest/gr/sns.html
  sns: [...each(9_000, ['Publish']), ...each(30, ['ListSubscriptionsByTopic'])],
  // https://docs.aws.amazon.com/general/latest/gr/ssm.html
  ssm: [...each(40, ['GetParameter']), ...each(3, ['PutParameter'])],
  // https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
  states: [
    ...each(1, ['CreateStateMachine', 'DeleteStateMachine', 'DeleteStateMachineVersion'], 100),
    ...each(15, ['DescribeExecution'], 300),
    ...each(20, ['DescribeStateMachine'], 200),
    ...each(1, ['DescribeStateMachineForExecution'], 200),
    ...each(20, ['GetExecutionHistory'], 400),
    ...each(5, ['ListExecutions'], 200),
    ...each(5, ['ListStateMachines'], 100),
    ...each(1, ['ListStateMachineVersions'], 100),
    ...each(500, ['SendTaskFailure', 'SendTaskHeartbeat', 'SendTaskSuccess'], 3_000),
    ...each(300, ['StartExecution'], 1_300),
    ...each(200, ['StopExecution'], 1_000),
  ],
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
  sts: [...each(600, ['GetCallerIdentity'])],
}

function together(burst: number, perSecond: number, operations: readonly string[]): Rate {
  return { burst, perSecond, operations }
}

/** A quota that is a number a second, and names no burst, lets a second's worth through at once. */
function each(perSecond: number, operations: readonly string[], burst = perSecond): Rate[] {
  return operations.map(operation => together(burst, perSecond, [operation]))
}
