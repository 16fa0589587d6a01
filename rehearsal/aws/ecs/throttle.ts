import type { Clock } from '../../clock.ts'
import { AwsError, type Operations } from '../service.ts'

/** The buckets that ECS documents: how many calls at once, how many a second after that, and for which operations. */
const BUCKETS: [burst: number, perSecond: number, operations: string[]][] = [
  [50, 5, ['CreateService', 'UpdateService']],
  [100, 20, ['DescribeServices']],
  [50, 20, ['ListServiceDeployments', 'DescribeServiceDeployments']],
  [50, 20, ['DescribeServiceRevisions']],
  [20, 1, ['RegisterTaskDefinition', 'DeregisterTaskDefinition']],
  [50, 20, ['DescribeTaskDefinition', 'ListTaskDefinitions']],
  [100, 40, ['RunTask', 'StopTask']],
  [100, 20, ['DescribeTasks', 'ListTasks']],
]

/** The operations with AWS's request rates enforced, in AWS time. */
export function throttled(clock: Clock, operations: Operations): Operations {
  const limited = BUCKETS.flatMap(([burst, perSecond, names]) => {
    const take = bucket(clock, burst, perSecond)
    return names.map((name): [string, Operations[string]] => [name, afterTaking(take, operations[name])])
  })
  return { ...operations, ...Object.fromEntries(limited) }
}

function afterTaking(take: () => void, operation: Operations[string] | undefined): Operations[string] {
  if (!operation) throw new Error('a bucket names an operation that is not rehearsed')
  return (input, caller) => {
    take()
    return operation(input, caller)
  }
}

function bucket(clock: Clock, burst: number, perSecond: number): () => void {
  let tokens = burst
  let at = clock.now()
  return () => {
    const now = clock.now()
    tokens = Math.min(burst, tokens + ((now - at) / 1000) * perSecond)
    at = now
    if (tokens < 1) throw new AwsError('ThrottlingException', 'Rate exceeded')
    tokens--
  }
}
