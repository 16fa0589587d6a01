import type {
  DeleteStateMachineVersionInput,
  DescribeExecutionInput,
  DescribeStateMachineForExecutionInput,
  DescribeStateMachineInput,
  GetExecutionHistoryInput,
  ListExecutionsInput,
  ListStateMachineVersionsInput,
  SendTaskSuccessInput,
  StartExecutionInput,
  StopExecutionInput,
} from '@aws-sdk/client-sfn'
import type { Authorization } from '../service.ts'
import type { Tokens } from '../states/tokens.ts'

/** `tokens`: the machine that a token is of is what an answer to it is authorised on. */
export function statesAuthorization(tokens: Pick<Tokens, 'machineOf'>): Authorization {
  const answering =
    (action: string) =>
    ({ taskToken = '' }: Pick<SendTaskSuccessInput, 'taskToken'>) => {
      const machine = tokens.machineOf(taskToken)
      // A token of no machine is refused as a token.
      return machine === undefined ? [] : [{ action, resource: machine }]
    }
  return {
    StartExecution: ({ stateMachineArn }: StartExecutionInput) => onMachine('states:StartExecution', stateMachineArn),
    DescribeStateMachine: ({ stateMachineArn }: DescribeStateMachineInput) =>
      onMachine('states:DescribeStateMachine', stateMachineArn),
    DescribeStateMachineForExecution: ({ executionArn }: DescribeStateMachineForExecutionInput) =>
      on('states:DescribeStateMachineForExecution', executionArn),
    ListStateMachineVersions: ({ stateMachineArn }: ListStateMachineVersionsInput) =>
      onMachine('states:ListStateMachineVersions', stateMachineArn),
    DeleteStateMachineVersion: ({ stateMachineVersionArn }: DeleteStateMachineVersionInput) =>
      onMachine('states:DeleteStateMachineVersion', stateMachineVersionArn),
    ListExecutions: ({ stateMachineArn }: ListExecutionsInput) => onMachine('states:ListExecutions', stateMachineArn),
    DescribeExecution: ({ executionArn }: DescribeExecutionInput) => on('states:DescribeExecution', executionArn),
    GetExecutionHistory: ({ executionArn }: GetExecutionHistoryInput) => on('states:GetExecutionHistory', executionArn),
    StopExecution: ({ executionArn }: StopExecutionInput) => on('states:StopExecution', executionArn),
    SendTaskSuccess: answering('states:SendTaskSuccess'),
    SendTaskFailure: answering('states:SendTaskFailure'),
    SendTaskHeartbeat: answering('states:SendTaskHeartbeat'),
  }
}

const on = (action: string, resource = '') => [{ action, resource }]

/** The ARN of a machine without that of its version: AWS authorises a call with either on the machine's, and tells the rest as a condition key. */
export function onMachine(action: string, machineOrVersion = '') {
  const [, machine = machineOrVersion, qualifier] = /^(arn:.*:stateMachine:[^:]+):([^:]+)$/.exec(machineOrVersion) ?? []
  return [{ action, resource: machine, ...(qualifier && { context: { 'states:StateMachineQualifier': qualifier } }) }]
}
