import { Stack } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'

/** What stands for an account, a region and a partition, and for whatever CloudFormation names: none is longer. */
const LONGEST: Record<string, string> = {
  'AWS::Partition': 'aws-us-gov',
  'AWS::Region': 'ap-northeast-1',
  'AWS::AccountId': '111122223333',
}
const GENERATED = 'x'.repeat(150)

/** Characters of a value as JSON without spaces, as AWS counts them against its limits, wherever the stack is deployed. */
export function sizeOf(scope: IConstruct, value: unknown): number {
  return JSON.stringify(longest(Stack.of(scope).resolve(value))).length
}

function longest(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(longest)
  if (typeof value !== 'object' || value === null) return value
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, unknown>
  if (typeof Ref === 'string') return LONGEST[Ref] ?? GENERATED
  if (attribute) return GENERATED
  if (!join) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, longest(each)]))
  const [separator, parts] = join as [string, unknown[]]
  return parts.map(longest).join(separator)
}
