import type {
  CreateStateMachineInput,
  DeleteStateMachineInput,
  DescribeExecutionInput,
  ListExecutionsInput,
  SendTaskSuccessInput,
  StartExecutionInput,
} from '@aws-sdk/client-sfn'
import { type Authorization, arn } from '../service.ts'
import type { Tokens } from '../states/tokens.ts'
import { onAnything, passing } from './access.ts'

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
    StartExecution: naming('states:StartExecution'),
    CreateStateMachine({ name = '', roleArn, publish, tags }: CreateStateMachineInput) {
      const machine = arn('states', `stateMachine:${name}`)
      const further = [...(publish ? ['PublishStateMachineVersion'] : []), ...(tags?.length ? ['TagResource'] : [])]
      return [
        ...['CreateStateMachine', ...further].map(action => ({ action: `states:${action}`, resource: machine })),
        ...passing('states.amazonaws.com', [roleArn]),
      ]
    },
    DeleteStateMachine: ({ stateMachineArn }: DeleteStateMachineInput) =>
      onMachine('states:DeleteStateMachine', stateMachineArn),
    ListStateMachines: onAnything('states:ListStateMachines'),
    DescribeStateMachine: naming('states:DescribeStateMachine'),
    ListExecutions: naming('states:ListExecutions'),
    ListStateMachineVersions: naming('states:ListStateMachineVersions'),
    DeleteStateMachineVersion: ({ stateMachineVersionArn }: { stateMachineVersionArn?: string }) =>
      onMachine('states:DeleteStateMachineVersion', stateMachineVersionArn),
    DescribeExecution: onExecution('states:DescribeExecution'),
    DescribeStateMachineForExecution: onExecution('states:DescribeStateMachineForExecution'),
    GetExecutionHistory: onExecution('states:GetExecutionHistory'),
    StopExecution: onExecution('states:StopExecution'),
    SendTaskSuccess: answering('states:SendTaskSuccess'),
    SendTaskFailure: answering('states:SendTaskFailure'),
    SendTaskHeartbeat: answering('states:SendTaskHeartbeat'),
  }
}

const naming =
  (action: string) =>
  ({ stateMachineArn }: StartExecutionInput | ListExecutionsInput) =>
    onMachine(action, stateMachineArn)

const onExecution =
  (action: string) =>
  ({ executionArn = '' }: DescribeExecutionInput) => [{ action, resource: executionArn }]

/** AWS authorises a call with a version's ARN on the machine's own; which version it is, it tells as a condition key. */
export function onMachine(action: string, machineOrVersion = '') {
  const [, machine = machineOrVersion, qualifier] = /^(arn:.*:stateMachine:[^:]+):([^:]+)$/.exec(machineOrVersion) ?? []
  return [{ action, resource: machine, ...(qualifier && { context: { 'states:StateMachineQualifier': qualifier } }) }]
}
