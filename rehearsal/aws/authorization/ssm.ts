import { type Authorization, arn } from '../service.ts'

const naming =
  (action: string) =>
  ({ Name = '' }: { Name?: string }) => [{ action, resource: parameterArn(Name) }]

export const SSM_AUTHORIZATION: Authorization = {
  GetParameter: naming('ssm:GetParameter'),
  PutParameter: naming('ssm:PutParameter'),
}

/** `/image` and `image` are one; an ARN is its own. */
export function parameterArn(name: string): string {
  if (name.startsWith('arn:')) return name
  return arn('ssm', `parameter/${name.replace(/^\//, '')}`)
}
