import { compileTrustPolicy, type ResourcePolicy } from '../resource-policy.ts'
import type { Access } from '../service.ts'
import { notRehearsed } from '../wire/endpoint.ts'
import type { Context } from './conditions.ts'
import { compileIdentityPolicy, type IdentityStatement } from './identity-policy.ts'

export interface RoleSettings {
  arn: string
  name: string
  /** Documents: who assumes it, and what it may do, by the policy's name. */
  trust: unknown
  policies: Readonly<Record<string, unknown>>
  managedPolicyArns: readonly string[]
}

export interface PolicySettings {
  /** The ARN of a managed policy, else the name. */
  name: string
  document: unknown
  /** The names of the roles that it is attached to. */
  roles: readonly string[]
}

export type Verdict = { kind: 'allowed'; resource: string; statement: string } | { kind: 'denied'; explicitly: boolean }

interface Role {
  name: string
  trust: ResourcePolicy
  policies: Map<string, readonly IdentityStatement[]>
  /** Action in lower case → the statements about it. */
  byAction: Map<string, readonly IdentityStatement[]>
}

/** The roles that templates made, their policies compiled once. */
export class Roles {
  readonly #roles = new Map<string, Role>()
  readonly #managed = new Map<string, readonly IdentityStatement[]>()

  has(arn: string): boolean {
    return this.#roles.has(arn)
  }

  /** Creates a role, or makes it what it is now to be; what is attached to it stays. */
  put({ arn, name, trust, policies, managedPolicyArns }: RoleSettings): void {
    const attached = this.#roles.get(arn)?.policies ?? []
    const own = Object.entries(policies).map(
      ([policy, given]) => [policy, compileIdentityPolicy(policy, given)] as const,
    )
    const managed = managedPolicyArns.map(policy => [policy, this.#managedPolicy(policy)] as const)
    this.#roles.set(arn, {
      name,
      trust: compileTrustPolicy(trust),
      policies: new Map([...attached, ...own, ...managed]),
      byAction: new Map(),
    })
  }

  attach({ name, document, roles }: PolicySettings): void {
    const statements = compileIdentityPolicy(name, document)
    if (name.startsWith('arn:')) this.#managed.set(name, statements)
    for (const wanted of roles) {
      const role = [...this.#roles.values()].find(one => one.name === wanted)
      if (!role) throw new Error(`policy ${name}: there is no role ${wanted}`)
      role.policies.set(name, statements)
      role.byAction.clear()
    }
  }

  /** Whether a role that is known lets the service act as it. */
  trusts(arn: string, service: string, sourceArn?: string): boolean {
    const source = sourceArn === undefined ? {} : { sourceArn }
    return this.#find(arn).trust({ service, action: 'sts:AssumeRole', resource: arn, ...source })
  }

  /** By IAM's rules for policies of identities: what is denied stays denied, and what nothing allows is denied. */
  judge(arn: string, { action, resource, context = {} }: Access): Verdict {
    const given = inLowerCase(context)
    let allowed: Verdict | undefined
    for (const { effect, name, resources, holds } of about(this.#find(arn), action)) {
      const covering = resources.find(({ fits }) => fits(resource))
      if (!covering || !holds(given)) continue
      if (effect === 'Deny') return { kind: 'denied', explicitly: true }
      allowed ??= { kind: 'allowed', resource: covering.text, statement: name }
    }
    return allowed ?? { kind: 'denied', explicitly: false }
  }

  #find(arn: string): Role {
    const role = this.#roles.get(arn)
    if (!role) throw new Error(`there is no role ${arn}`)
    return role
  }

  #managedPolicy(arn: string): readonly IdentityStatement[] {
    const known = this.#managed.get(arn)
    if (!known) throw notRehearsed(`the managed policy ${arn}`)
    return known
  }
}

function about({ policies, byAction }: Role, action: string): readonly IdentityStatement[] {
  const key = action.toLowerCase()
  const known = byAction.get(key) ?? [...policies.values()].flat().filter(({ covers }) => covers(key))
  byAction.set(key, known)
  return known
}

function inLowerCase(context: Context): Context {
  return Object.fromEntries(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]))
}
