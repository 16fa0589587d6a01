import { type Authorization, arn } from '../service.ts'

const naming =
  (action: string) =>
  ({ Name = '' }: { Name?: string }) => [{ action, resource: parameterArn(Name) }]

export const SSM_AUTHORIZATION: Authorization = {
  GetParameter: naming('ssm:GetParameter'),
  PutParameter: naming('ssm:PutParameter'),
}

/** `/image` and `image` are one. */
export function parameterArn(name: string): string {
  return arn('ssm', `parameter/${name.replace(/^\//, '')}`)
}
