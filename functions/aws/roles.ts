import { GetRoleCommand, IAMClient, NoSuchEntityException } from '@aws-sdk/client-iam'
import { idIn } from '../../domain/arn.ts'
import { once } from '../environment.ts'

const client = once(() => new IAMClient({}))

export interface Role {
  arn: string
  /** The policy that says who may act with it. */
  trust: unknown
}

/** The role of this ARN's name, which may have another path; undefined when there is none. */
export async function findRole(arn: string): Promise<Role | undefined> {
  try {
    const { Role } = await client().send(new GetRoleCommand({ RoleName: idIn(arn) }))
    return (
      Role && { arn: Role.Arn ?? '', trust: JSON.parse(decodeURIComponent(Role.AssumeRolePolicyDocument ?? 'null')) }
    )
  } catch (error) {
    if (error instanceof NoSuchEntityException) return undefined
    throw error
  }
}
