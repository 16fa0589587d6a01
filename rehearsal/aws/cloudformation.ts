import * as sdk from '@aws-sdk/client-cloudformation'
import type { Clock } from '../clock.ts'
import { CLOUDFORMATION_AUTHORIZATION } from './authorization/cloudformation.ts'
import { AwsError, arn, type Service } from './service.ts'
import { length } from './wire/constraints.ts'

export interface CloudFormation extends Service {
  /** Says that a stack is deployed, with what it exports to its operators. */
  putStack(stack: { name: string; outputs: Record<string, string> }): void
}

export function createCloudFormation({ clock }: { clock: Clock }): CloudFormation {
  const stacks = new Map<string, sdk.Stack>()
  return {
    signingName: 'cloudformation',
    sdk,
    putStack({ name, outputs }) {
      const before = stacks.get(name)
      const now = new Date(clock.now())
      stacks.set(name, {
        StackName: name,
        StackId: arn('cloudformation', `stack/${name}/00000000-0000-0000-0000-000000000000`),
        CreationTime: before?.CreationTime ?? now,
        ...(before && { LastUpdatedTime: now }),
        StackStatus: before ? 'UPDATE_COMPLETE' : 'CREATE_COMPLETE',
        Outputs: Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue })),
      })
    },
    authorization: CLOUDFORMATION_AUTHORIZATION,
    operations: {
      DescribeStacks({ StackName: asked }: sdk.DescribeStacksCommandInput): sdk.DescribeStacksOutput {
        length('stackName', asked, 1)
        if (asked === undefined) return { Stacks: [...stacks.values()] }
        const found = [...stacks.values()].find(stack => stack.StackName === asked || stack.StackId === asked)
        if (!found) throw new AwsError('ValidationError', `Stack with id ${asked} does not exist`)
        return { Stacks: [found] }
      },
    },
  }
}
