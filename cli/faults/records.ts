import type { Ears } from './ears.ts'

/** A time in which something was under way, ms of AWS time; without an end it still is. */
export interface Span {
  of: string
  from: number
  to?: number
}

/** What the services have announced, as far as what must always hold is about it. */
export interface Records {
  /** Snapshot (ARN) that RDS began to make. */
  snapshots: Set<string>
  /** Task that ran by itself (ARN): what it ran, and how it ended. */
  tasks: Map<string, Span & { command: string; taskDefinition: string; exitCode: number | undefined }>
}

export function keepRecords(ears: Ears): Records {
  const records: Records = { snapshots: new Set(), tasks: new Map() }
  ears.announced.push(({ 'detail-type': type, detail }) => {
    if (type === 'RDS DB Snapshot Event' && detail.EventID === BEGAN) records.snapshots.add(String(detail.SourceArn))
    if (type === 'ECS Task State Change') noteTask(records, detail as unknown as Task)
  })
  return records
}

/** RDS has begun to make a manual snapshot of an instance. */
const BEGAN = 'RDS-EVENT-0040'

interface Task {
  taskArn: string
  group: string
  taskDefinitionArn: string
  lastStatus: string
  createdAt: string
  stoppedAt?: string
  containers: { exitCode?: number }[]
  overrides: { containerOverrides?: { command?: string[] }[] }
}

function noteTask({ tasks }: Records, task: Task): void {
  if (!task.group.startsWith('family:')) return
  tasks.set(task.taskArn, {
    of: task.group.replace('family:', ''),
    taskDefinition: task.taskDefinitionArn,
    command: (task.overrides.containerOverrides ?? []).flatMap(({ command = [] }) => command).join(' '),
    exitCode: task.containers[0]?.exitCode,
    from: Date.parse(task.createdAt),
    ...(task.lastStatus === 'STOPPED' && { to: Date.parse(task.stoppedAt ?? task.createdAt) }),
  })
}
