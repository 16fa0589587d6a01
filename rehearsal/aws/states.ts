import * as sdk from '@aws-sdk/client-sfn'
import type { Clock } from '../clock.ts'
import { statesAuthorization } from './authorization/states.ts'
import { createIam, type Iam } from './iam/iam.ts'
import { AwsError, type EventBus, type FunctionHost, type Service } from './service.ts'
import { Executions, failureOf, type Running, statusOf } from './states/executions.ts'
import { type Created, Machines, type NewStateMachine, type Revision } from './states/machines.ts'
import { page } from './states/pages.ts'
import { createTaskHost } from './states/tasks.ts'
import { Tokens } from './states/tokens.ts'
import { length, oneOf } from './wire/constraints.ts'
import { notRehearsed } from './wire/endpoint.ts'

const LONGEST_ERROR = 256
const LONGEST_CAUSE = 32_768

export interface StatesOptions {
  clock: Clock
  bus: EventBus
  functions: FunctionHost
  /** Judges the machines' roles. Default: nobody is judged. */
  iam?: Iam
}

export interface States extends Service {
  /** Throws InvalidDefinition for what AWS refuses, and for what is not rehearsed, by state. */
  createStateMachine(of: NewStateMachine): Created
  /** What starts from now on runs this. Throws as `createStateMachine` does. */
  updateStateMachine(stateMachineArn: string, of: Omit<NewStateMachine, 'name'>): Created
  /** Publishes the state machine's revision and answers the version's ARN. */
  publishVersion(stateMachineArn: string): string
  /** By its ARN; nobody can start it any more. */
  deleteVersion(versionArn: string): void
  /** Events in the histories of all executions: while it stays the same, none has moved. */
  events(): number
}

/** Step Functions: Standard workflows in JSONata, their executions, and the tokens that their tasks wait for. */
export function createStates({ clock, bus, functions, iam = createIam() }: StatesOptions): States {
  const machines = new Machines(clock, iam)
  const tokens = new Tokens()
  const children = {
    start: (of: { stateMachineArn: string; input: string; name: string | undefined }) =>
      executions.start(
        machines.find(of.stateMachineArn),
        of.name === undefined ? { input: of.input } : { ...of, name: of.name },
      ),
    stop: (child: Running) => void executions.stop(child),
  }
  const executions = new Executions({
    clock,
    bus,
    host: createTaskHost({ clock, bus, functions, tokens, children, iam }),
  })

  return {
    signingName: 'states',
    sdk,
    authorization: statesAuthorization(tokens),
    createStateMachine: of => machines.create(of),
    updateStateMachine: (stateMachineArn, of) => machines.update(stateMachineArn, of),
    publishVersion: stateMachineArn => machines.publish(stateMachineArn),
    deleteVersion: versionArn => machines.deleteVersion(versionArn),
    events: () => executions.events(),
    operations: {
      CreateStateMachine(input: sdk.CreateStateMachineInput): sdk.CreateStateMachineOutput {
        const { name = '', definition = '', roleArn = '', publish, type = 'STANDARD' } = input
        oneOf('type', type, sdk.StateMachineType)
        if (type !== 'STANDARD') throw notRehearsed(`a state machine of type ${type}`)
        const { stateMachineArn } = machines.create({ name, definition, roleArn })
        const creationDate = machines.find(stateMachineArn).created
        if (!publish) return { stateMachineArn, creationDate }
        return { stateMachineArn, creationDate, stateMachineVersionArn: machines.publish(stateMachineArn) }
      },

      DeleteStateMachine({ stateMachineArn = '' }: sdk.DeleteStateMachineInput): sdk.DeleteStateMachineOutput {
        machines.delete(stateMachineArn)
        return {}
      },

      DescribeStateMachine(input: sdk.DescribeStateMachineInput): Partial<sdk.DescribeStateMachineOutput> {
        oneOf('includedData', input.includedData, sdk.IncludedData)
        const revision = machines.find(input.stateMachineArn ?? '')
        return {
          ...configured(revision, input.includedData),
          stateMachineArn: revision.versionArn ?? revision.stateMachineArn,
          status: 'ACTIVE',
          type: 'STANDARD',
          creationDate: revision.created,
        }
      },

      DescribeStateMachineForExecution(
        input: sdk.DescribeStateMachineForExecutionInput,
      ): Partial<sdk.DescribeStateMachineForExecutionOutput> {
        oneOf('includedData', input.includedData, sdk.IncludedData)
        const { revision } = executions.find(input.executionArn)
        const { stateMachineArn, created: updateDate } = revision
        return { ...configured(revision, input.includedData), stateMachineArn, updateDate }
      },

      ListStateMachines(input: sdk.ListStateMachinesInput): sdk.ListStateMachinesOutput {
        const { items, ...more } = page('state machines', machines.all, input)
        const stateMachines = items.map(({ stateMachineArn, name, created: creationDate }) => ({
          ...{ stateMachineArn, name, creationDate },
          type: 'STANDARD' as const,
        }))
        return { stateMachines, ...more }
      },

      ListStateMachineVersions(input: sdk.ListStateMachineVersionsInput): sdk.ListStateMachineVersionsOutput {
        const { stateMachineArn } = machines.find(input.stateMachineArn ?? '')
        const { items, ...more } = page(`versions ${stateMachineArn}`, machines.versionsOf(stateMachineArn), input)
        const stateMachineVersions = items.map(({ versionArn: stateMachineVersionArn, created: creationDate }) => ({
          stateMachineVersionArn,
          creationDate,
        }))
        return { stateMachineVersions, ...more }
      },

      DeleteStateMachineVersion({ stateMachineVersionArn }: sdk.DeleteStateMachineVersionInput): object {
        machines.deleteVersion(stateMachineVersionArn)
        return {}
      },

      StartExecution({ stateMachineArn, name, input }: sdk.StartExecutionInput): sdk.StartExecutionOutput {
        const named = { ...(name === undefined ? {} : { name }), ...(input === undefined ? {} : { input }) }
        const { arn, startDate } = executions.start(machines.find(stateMachineArn ?? ''), named)
        return { executionArn: arn, startDate }
      },

      DescribeExecution(input: sdk.DescribeExecutionInput): sdk.DescribeExecutionOutput {
        oneOf('includedData', input.includedData, sdk.IncludedData)
        return described(executions.find(input.executionArn), input.includedData !== 'METADATA_ONLY')
      },

      async StopExecution({ executionArn, error, cause }: sdk.StopExecutionInput): Promise<sdk.StopExecutionOutput> {
        length('error', error, 0, LONGEST_ERROR)
        length('cause', cause, 0, LONGEST_CAUSE)
        const running = executions.find(executionArn)
        await executions.stop(running, error, cause)
        return { stopDate: running.stopDate }
      },

      ListExecutions(input: sdk.ListExecutionsInput): sdk.ListExecutionsOutput {
        oneOf('statusFilter', input.statusFilter, sdk.ExecutionStatus)
        if (input.mapRunArn !== undefined) throw notRehearsed('states:ListExecutions with mapRunArn')
        if (input.redriveFilter !== undefined) throw notRehearsed('states:ListExecutions with redriveFilter')
        if (!input.stateMachineArn)
          throw new AwsError('ValidationException', 'Must specify one of: stateMachineArn, mapRunArn')
        const all = executions.of(machines.find(input.stateMachineArn))
        const wanted = all.filter(each => input.statusFilter === undefined || statusOf(each) === input.statusFilter)
        const { items, ...more } = page(`${input.stateMachineArn} ${input.statusFilter}`, wanted, input)
        return { executions: items.map(listed), ...more }
      },

      GetExecutionHistory(input: sdk.GetExecutionHistoryInput): sdk.GetExecutionHistoryOutput {
        const { arn, history } = executions.find(input.executionArn)
        const ordered = input.reverseOrder ? history.toReversed() : history
        const { items, ...more } = page(`${arn} ${input.reverseOrder === true}`, ordered, input)
        return { events: input.includeExecutionData === false ? items.map(withoutData) : items, ...more }
      },

      SendTaskSuccess: (input: sdk.SendTaskSuccessInput) => tokens.success(input),
      SendTaskFailure: (input: sdk.SendTaskFailureInput) => tokens.failure(input),
      SendTaskHeartbeat: (input: sdk.SendTaskHeartbeatInput) => tokens.heartbeat(input),
    },
  }
}

function configured({ name, definition, roleArn, revisionId }: Revision, includedData: string | undefined) {
  return {
    ...{ name, roleArn, revisionId },
    ...(includedData === 'METADATA_ONLY' ? {} : { definition }),
    loggingConfiguration: { level: 'OFF' as const, includeExecutionData: false },
    tracingConfiguration: { enabled: false },
  }
}

function listed(running: Running): sdk.ExecutionListItem {
  const { arn, name, revision, startDate, stopDate } = running
  return {
    executionArn: arn,
    stateMachineArn: revision.stateMachineArn,
    stateMachineVersionArn: revision.versionArn,
    name,
    status: statusOf(running),
    startDate,
    stopDate,
    redriveCount: 0,
  }
}

function described(running: Running, withData: boolean): sdk.DescribeExecutionOutput {
  const { itemCount: _itemCount, ...item } = listed(running)
  const { outcome, input } = running
  const included = { included: true }
  const redrivable = outcome !== undefined && outcome.status !== 'SUCCEEDED'
  return {
    ...item,
    ...(withData ? { input, inputDetails: included } : {}),
    ...(withData && outcome?.status === 'SUCCEEDED'
      ? { output: JSON.stringify(outcome.output), outputDetails: included }
      : {}),
    ...failureOf(running),
    redriveStatus: redrivable ? 'REDRIVABLE' : 'NOT_REDRIVABLE',
    redriveStatusReason: redrivable ? undefined : `Execution is ${item.status} and cannot be redriven`,
  }
}

const DATA = ['input', 'output', 'parameters', 'assignedVariables']

/** The event without what the execution's data are. */
function withoutData(event: sdk.HistoryEvent): sdk.HistoryEvent {
  const entries = Object.entries(event).map(([name, details]) => {
    if (!name.endsWith('EventDetails')) return [name, details]
    return [name, Object.fromEntries(Object.entries(details).filter(([field]) => !DATA.includes(field)))]
  })
  return Object.fromEntries(entries) as sdk.HistoryEvent
}
