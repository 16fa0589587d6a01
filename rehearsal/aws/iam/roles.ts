import { compileTrustPolicy, type ResourcePolicy } from '../resource-policy.ts'
import type { Access } from '../service.ts'
import { notRehearsed } from '../wire/endpoint.ts'
import type { Context } from './conditions.ts'
import { compileIdentityPolicy, type IdentityStatement } from './identity-policy.ts'

export interface RoleSettings {
  arn: string
  name: string
  /** Documents: who assumes it, and what it may do. */
  trust: unknown
  policies: readonly unknown[]
  managedPolicyArns: readonly string[]
}

export type Verdict = { kind: 'allowed'; resource: string; statement: string } | { kind: 'denied'; explicitly: boolean }

interface Role {
  trust: ResourcePolicy
  statements: readonly IdentityStatement[]
  /** Action in lower case → the statements about it. */
  byAction: Map<string, readonly IdentityStatement[]>
}

/** The roles that templates made, their policies compiled once. */
export class Roles {
  readonly #roles = new Map<string, Role>()

  has(arn: string): boolean {
    return this.#roles.has(arn)
  }

  /** Creates a role, or makes it what it is now. */
  put({ arn, name, trust, policies, managedPolicyArns }: RoleSettings): void {
    if (managedPolicyArns.length > 0)
      throw notRehearsed(`the managed policy ${managedPolicyArns[0]} of the role ${name}`)
    this.#roles.set(arn, {
      trust: compileTrustPolicy(trust),
      statements: policies.flatMap((policy, at) => compileIdentityPolicy(`policy ${at + 1} of ${name}`, policy)),
      byAction: new Map(),
    })
  }

  /** Whether a role that is known lets the service act as it. */
  trusts(arn: string, service: string, sourceArn?: string): boolean {
    const source = sourceArn === undefined ? {} : { sourceArn }
    return this.#find(arn).trust({ service, action: 'sts:AssumeRole', resource: arn, ...source })
  }

  /**
   * By IAM's rules for policies of identities: what is denied stays denied, and what nothing allows is denied. `isOut`: whether
   * a statement that would allow it counts as taken out.
   */
  judge(
    arn: string,
    { action, resource, context = {} }: Access,
    isOut: (statement: string) => boolean = () => false,
  ): Verdict {
    const given = inLowerCase(context)
    let allowed: Verdict | undefined
    for (const { effect, name, resources, holds } of about(this.#find(arn), action)) {
      const covering = resources.find(({ fits }) => fits(resource))
      if (!covering || !holds(given)) continue
      if (effect === 'Deny') return { kind: 'denied', explicitly: true }
      if (!isOut(name)) allowed ??= { kind: 'allowed', resource: covering.text, statement: name }
    }
    return allowed ?? { kind: 'denied', explicitly: false }
  }

  #find(arn: string): Role {
    const role = this.#roles.get(arn)
    if (!role) throw new Error(`there is no role ${arn}`)
    return role
  }
}

function about({ statements, byAction }: Role, action: string): readonly IdentityStatement[] {
  const key = action.toLowerCase()
  const known = byAction.get(key) ?? statements.filter(({ covers }) => covers(key))
  byAction.set(key, known)
  return known
}

function inLowerCase(context: Context): Context {
  return Object.fromEntries(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]))
}
