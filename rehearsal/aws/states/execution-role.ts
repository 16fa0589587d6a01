import type { Iam } from '../iam/iam.ts'
import { AwsError, arn } from '../service.ts'

export type MachineRoles = Pick<Iam, 'trusts' | 'allows'>

export interface MachineRole {
  stateMachineArn: string
  roleArn: string
  definition: string
  isLogged: boolean
}

/** What AWS's guide wants a machine's role to be allowed, wherever it is, so that its log is delivered. */
const LOG_DELIVERY = [
  ...['logs:CreateLogDelivery', 'logs:GetLogDelivery', 'logs:UpdateLogDelivery', 'logs:DeleteLogDelivery'],
  ...['logs:ListLogDeliveries', 'logs:PutResourcePolicy', 'logs:DescribeResourcePolicies', 'logs:DescribeLogGroups'],
]

/** The rule by which Step Functions hears of the executions that a machine starts and waits for. */
const RULE = arn('events', 'rule/StepFunctionsGetEventsForStepFunctionsExecutionRule')

/** Throws what AWS answers where a machine is to have a role that it cannot use. */
export function demandUsableRole(
  iam: MachineRoles,
  { stateMachineArn, roleArn, definition, isLogged }: MachineRole,
): void {
  if (!iam.trusts(roleArn, 'states.amazonaws.com', stateMachineArn))
    throw denied(
      'Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role.',
    )
  const onRule = ['events:PutTargets', 'events:PutRule', 'events:DescribeRule']
  const ruled = definition.includes('startExecution.sync') ? onRule.map(action => ({ action, resource: RULE })) : []
  if (!iam.allows(roleArn, ruled)) throw denied(`'${roleArn}' is not authorized to create managed-rule.`)
  const logged = isLogged ? LOG_DELIVERY.map(action => ({ action, resource: '*' })) : []
  if (!iam.allows(roleArn, logged))
    throw denied('The state machine IAM Role is not authorized to access the Log Destination')
}

const denied = (message: string) => new AwsError('AccessDeniedException', message)
