import { createHash } from 'node:crypto'

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

/** Letters and digits that look random and are the same for the same seed. */
export function tail(seed: string, count: number): string {
  const bytes = createHash('sha512').update(seed).digest()
  return [...bytes.subarray(0, count)].map(byte => LETTERS[byte % LETTERS.length]).join('')
}

/** A physical name as CloudFormation makes one: the stack, the logical id, and letters that would be random there. */
export function physicalName(stackName: string, logicalId: string, longest: number): string {
  const end = tail(`${stackName}/${logicalId}`, 12)
  return `${`${stackName}-${logicalId}`.slice(0, longest - end.length - 1)}-${end}`
}
