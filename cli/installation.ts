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

/** There is a stack of this name, and it says nothing of an installation: it was never deployed to its end, or is another's. */
export class NoInstallation extends Error {
  override readonly name = 'NoInstallation'
  readonly stackName: string
  /** CloudFormation's own word for how it was deployed last. */
  readonly status: string

  constructor(stack: string, status: string, output: string) {
    super(`stack ${stack} (${status}) has no output ${output}: deploy this version of it`)
    this.stackName = stack
    this.status = status
  }
}

/** Finds the stack in the account that `variables` (default: those of this process) lead to, and points the ledger at its table. Throws NoInstallation. */
export async function findInstallation(
  variables: Record<string, string | undefined> = {},
  stack = STACK,
): Promise<Installation> {
  useInstallation(variables)
  const client = new CloudFormationClient({})
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stack }))
  const output = (key: string): string => {
    const value = Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === key)?.OutputValue
    if (value === undefined) throw new NoInstallation(stack, Stacks?.[0]?.StackStatus ?? 'nowhere', key)
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
