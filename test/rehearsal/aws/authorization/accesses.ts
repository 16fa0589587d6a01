import type { Authorization } from '../../../../rehearsal/aws/service.ts'

export const HERE = 'eu-west-1:111122223333'
export const ROLE = 'arn:aws:iam::111122223333:role'

/** One call and what its caller must be allowed: action, resource, and what the service says of the call for conditions. */
export type Row = [table: Authorization, operation: string, input: object, ...accesses: string[]]

export function accessesOf([table, operation, input]: Row): string[] {
  const accesses = table[operation]?.(input, { principal: `${ROLE}/some` }) ?? [
    { action: 'is not there', resource: '' },
  ]
  return accesses.map(({ action, resource, context = {} }) =>
    [action, resource, ...Object.entries(context).map(([key, value]) => `${key}=${value}`)].join(' '),
  )
}
