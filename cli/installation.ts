import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { useInstallation } from '../functions/aws/installation.ts'

/** What the stack tells about itself. */
export interface Installation {
  table: string
  releaseMachine: string
  rollbackMachine: string
  /** Name of the function that hears of pushes. */
  startRelease: string
  applications: string[]
}

/** The stack that is meant where nobody names one. */
export const STACK = 'Sluice'

/** Finds the stack in the account that `variables` (default: those of this process) lead to, and points the ledger at its table. */
export async function findInstallation(
  variables: Record<string, string | undefined> = {},
  stack = STACK,
): Promise<Installation> {
  useInstallation(variables)
  const client = new CloudFormationClient({})
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stack }))
  const output = (key: string): string => {
    const value = Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === key)?.OutputValue
    if (value === undefined) throw new Error(`stack ${stack} has no output ${key}: deploy this version of it`)
    return value
  }
  useInstallation({ TABLE: output('TableName') })
  return {
    table: output('TableName'),
    releaseMachine: output('ReleaseMachineArn'),
    rollbackMachine: output('RollbackMachineArn'),
    startRelease: output('StartReleaseName'),
    applications: output('Applications').split(','),
  }
}
