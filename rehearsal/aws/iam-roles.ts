import * as sdk from '@aws-sdk/client-iam'
import type { Clock } from '../clock.ts'
import { IAM_AUTHORIZATION } from './authorization/iam-roles.ts'
import { ACCOUNT, AwsError, type Service } from './service.ts'
import { roleId } from './sts.ts'
import { length, pattern } from './wire/constraints.ts'
import { notRehearsed } from './wire/endpoint.ts'

const GIVEN = ['RoleName', 'AssumeRolePolicyDocument', 'Description', 'Path']

/** The roles that the users make, of which only their trust is known: what they may do is not judged here. */
export function createIamRoles({ clock }: { clock: Clock }): Service {
  const roles = new Map<string, sdk.Role>()
  return {
    signingName: 'iam',
    isGlobal: true,
    sdk,
    authorization: IAM_AUTHORIZATION,
    operations: {
      CreateRole(input: sdk.CreateRoleRequest): sdk.CreateRoleResponse {
        const unknown = Object.keys(input).find(member => !GIVEN.includes(member))
        if (unknown) throw notRehearsed(`iam:CreateRole with ${unknown}`)
        const { RoleName = '', AssumeRolePolicyDocument = '', Description, Path = '/' } = input
        checkName(RoleName)
        if (!isPolicy(AssumeRolePolicyDocument))
          throw new AwsError('MalformedPolicyDocumentException', 'This policy contains invalid Json')
        if (roles.has(RoleName))
          throw new AwsError('EntityAlreadyExistsException', `Role with name ${RoleName} already exists.`, 409)
        const Arn = `arn:aws:iam::${ACCOUNT}:role${Path}${RoleName}`
        const role: sdk.Role = {
          ...{ Path, RoleName, Arn, RoleId: roleId(Arn), CreateDate: new Date(clock.now()) },
          AssumeRolePolicyDocument: encodeURIComponent(AssumeRolePolicyDocument),
          ...(Description !== undefined && { Description }),
          MaxSessionDuration: 3_600,
        }
        roles.set(RoleName, role)
        return { Role: role }
      },

      GetRole({ RoleName = '' }: sdk.GetRoleRequest): sdk.GetRoleResponse {
        checkName(RoleName)
        const Role = roles.get(RoleName)
        if (!Role) throw new AwsError('NoSuchEntityException', `The role with name ${RoleName} cannot be found.`, 404)
        return { Role }
      },
    },
  }
}

function checkName(name: string): void {
  length('roleName', name, 1, 64)
  pattern('roleName', name, /[\w+=,.@-]+/)
}

function isPolicy(document: string): boolean {
  try {
    return typeof JSON.parse(document) === 'object'
  } catch {
    return false
  }
}
