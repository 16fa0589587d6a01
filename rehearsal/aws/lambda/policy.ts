import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { AwsError } from '../service.ts'
import { notRehearsed } from '../wire/endpoint.ts'
import type { Functions } from './functions.ts'

export interface Permission {
  /** Name or ARN; a version's ARN gives the permission for that version only. */
  function: string
  action: string
  /** A service, such as `events.amazonaws.com`. */
  principal: string
  /** May contain `*` and `?`. */
  sourceArn?: string
  sourceAccount?: string
}

const LARGEST_POLICY = 20_480

/** Who asks for an invocation on its own behalf: a service and what it acts for, one of which must be allowed to. */
export interface Source {
  service: string
  arns: readonly string[]
}

/** The functions' resource policies. */
export function createPolicies(functions: Functions) {
  const permissions: (Permission & { target: string })[] = []

  return {
    add(permission: Permission): void {
      if (permission.action !== 'lambda:InvokeFunction') throw notRehearsed(`a permission for ${permission.action}`)
      const given = { ...permission, target: functions.find(permission.function).arn }
      const own = [...permissions.filter(({ target }) => target === given.target), given]
      if (own.reduce((sum, one) => sum + sizeOf(one), 0) > LARGEST_POLICY)
        throw new AwsError('PolicyLengthExceededException', 'The permissions policy for the resource is too large.')
      permissions.push(given)
    },

    /** Takes such a permission away, once. */
    remove(permission: Permission): void {
      const given = { ...permission, target: functions.find(permission.function).arn }
      const at = permissions.findIndex(one => isDeepStrictEqual(one, given))
      if (at >= 0) permissions.splice(at, 1)
    },

    /** Throws what Lambda answers a service that has no permission. */
    demand(functionArn: string, source: Source): void {
      const allowed = permissions.some(
        one =>
          one.target === functionArn &&
          one.principal === source.service &&
          (source.arns.some(arn => fits(one, arn)) || (!one.sourceArn && !one.sourceAccount)),
      )
      if (allowed) return
      const asked = `User: ${source.service} is not authorized to perform: lambda:InvokeFunction on resource: ${functionArn}`
      const because = 'because no resource-based policy allows the lambda:InvokeFunction action'
      throw new AwsError('AccessDeniedException', `${asked} ${because}`, 403)
    },
  }
}

/** Of the statement that Lambda makes of it. */
function sizeOf({ target, action, principal, sourceArn, sourceAccount }: Permission & { target: string }): number {
  const Condition = {
    ...(sourceAccount && { StringEquals: { 'AWS:SourceAccount': sourceAccount } }),
    ...(sourceArn && { ArnLike: { 'AWS:SourceArn': sourceArn } }),
  }
  const statement = { Sid: randomUUID(), Effect: 'Allow', Principal: { Service: principal }, Action: action }
  return JSON.stringify({ ...statement, Resource: target, Condition }).length
}

function fits({ sourceArn = '*', sourceAccount }: Permission, arn: string): boolean {
  return like(sourceArn).test(arn) && (sourceAccount === undefined || arn.split(':')[4] === sourceAccount)
}

function like(text: string): RegExp {
  const escaped = text
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${escaped}$`)
}
