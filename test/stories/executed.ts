import {
  DescribeExecutionCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  paginateGetExecutionHistory,
  SFNClient,
} from '@aws-sdk/client-sfn'
import type { World } from '../../cli/rehearsing/world.ts'

/** What an execution ran, by its own records. */
export interface Executed {
  name: string
  status: string
  /** Number of the machine's version; undefined: it was started without one. */
  version: number | undefined
  /** Step → numbers of the function versions that it called. */
  steps: Record<string, number[]>
  /** Numbers of the versions of the other machine that it started. */
  started: number[]
}

/** Every execution of a machine, the oldest first. */
export async function executedBy(stateMachineArn: string): Promise<Executed[]> {
  const sfn = new SFNClient({})
  const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn }))
  const told: Executed[] = []
  for (const { executionArn, name = '' } of executions.toReversed()) {
    const { status = '', stateMachineVersionArn } = await sfn.send(new DescribeExecutionCommand({ executionArn }))
    const called: Record<string, Set<number>> = {}
    const started = new Set<number>()
    for await (const { events = [] } of paginateGetExecutionHistory({ client: sfn }, { executionArn }))
      for (const { FunctionName, StateMachineArn } of events.map(parametersOf)) {
        if (FunctionName) {
          const step = stepIn(FunctionName)
          called[step] = new Set([...(called[step] ?? []), numberIn(FunctionName)])
        }
        if (StateMachineArn) started.add(numberIn(StateMachineArn))
      }
    const version = stateMachineVersionArn === undefined ? undefined : numberIn(stateMachineVersionArn)
    const steps = Object.fromEntries(Object.entries(called).map(([step, numbers]) => [step, [...numbers]]))
    told.push({ name, status, version, steps, started: [...started] })
  }
  sfn.destroy()
  return told
}

function parametersOf({ taskScheduledEventDetails: details }: HistoryEvent) {
  return JSON.parse(details?.parameters ?? '{}') as { FunctionName?: string; StateMachineArn?: string }
}

export const numberIn = (arn: string): number => Number(arn.split(':').at(-1))

/** `…:function:Sluice-SluiceLockStageFunction4F2C-…:3` → `LockStage` */
export const stepIn = (functionName: string): string => /Sluice([A-Z]\w+?)Function/.exec(functionName)?.[1] ?? ''

/** The numbers of all function versions that it called. */
export const numbersOf = ({ steps }: Executed): number[] => [...new Set(Object.values(steps).flat())].toSorted()

/** Which function versions were woken for which execution (name → numbers), from now on. */
export function listenToWaking({ rehearsal: { lambda } }: World): Record<string, number[]> {
  const woken: Record<string, number[]> = {}
  const { faults } = lambda
  lambda.faults = (version, payload) => {
    const { check } = JSON.parse(payload) as { check?: { execution?: string } }
    const name = check?.execution?.split(':').at(-1)
    const number = Number(version.version)
    if (name && !woken[name]?.includes(number)) woken[name] = [...(woken[name] ?? []), number]
    return faults(version, payload)
  }
  return woken
}
