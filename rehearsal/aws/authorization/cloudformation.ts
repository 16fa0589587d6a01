import type { DescribeStacksInput } from '@aws-sdk/client-cloudformation'
import { type Authorization, arn } from '../service.ts'

export const CLOUDFORMATION_AUTHORIZATION: Authorization = {
  DescribeStacks({ StackName: named }: DescribeStacksInput) {
    const resource = named?.startsWith('arn:') ? named : arn('cloudformation', `stack/${named ?? '*'}/*`)
    return [{ action: 'cloudformation:DescribeStacks', resource }]
  },
}
