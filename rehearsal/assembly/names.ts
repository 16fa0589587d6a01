import { tail } from '../aws/letters.ts'

/** A physical name as CloudFormation makes one: the stack, the logical id, and letters that would be random there. */
export function physicalName(stackName: string, logicalId: string, longest: number): string {
  const end = tail(`${stackName}/${logicalId}`, 12)
  return `${`${stackName}-${logicalId}`.slice(0, longest - end.length - 1)}-${end}`
}
