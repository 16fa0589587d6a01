import { ACCOUNT, type Authorization } from '../service.ts'

const onRole =
  (action: string) =>
  ({ RoleName = '', Path = '/' }: { RoleName?: string; Path?: string }) => [
    { action, resource: `arn:aws:iam::${ACCOUNT}:role${Path}${RoleName}` },
  ]

export const IAM_AUTHORIZATION: Authorization = {
  CreateRole: onRole('iam:CreateRole'),
  GetRole: onRole('iam:GetRole'),
}
