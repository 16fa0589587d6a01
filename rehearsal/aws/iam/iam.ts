import { ACCOUNT, type Access } from '../service.ts'
import { AccessDenied } from './denied.ts'
import { AccessRecord, type Denial, type Forbidden } from './record.ts'
import { type RoleSettings, Roles } from './roles.ts'

/** Who may do what. */
export interface Iam {
  /** Creates a role, or makes it what it is now; what is in its documents and not known is refused by name. */
  putRole(role: RoleSettings): void
  /** Whether the principal is a role of the stack: only those are judged by policies. */
  isJudged(principal: string): boolean
  /** Whether a service may act as a role for what it names; a role that no template made is not asked. */
  trusts(roleArn: string, service: string, sourceArn?: string): boolean
  /** Throws an AccessDenied for the first thing that the principal may not do. */
  demand(principal: string, needed: readonly Access[]): void
  /** The same as an answer, for who goes on without. */
  allows(principal: string, needed: readonly Access[]): boolean
  readonly access: AccessRecord
}

export interface IamOptions {
  /** Actions that are taken out of roles' policies from the start. Default: none. */
  forbidden?: readonly Forbidden[]
  /** Hears of every denial as it happens. */
  onDenied?: (denial: Denial) => void
}

/**
 * Judges the roles that templates made by their policies. The operator is an administrator, and a role that no template
 * made, as that of a task, belongs to the users: neither is judged. Nobody reaches another account.
 */
export function createIam({ forbidden = [], onDenied }: IamOptions = {}): Iam {
  const roles = new Roles()
  const access = new AccessRecord(forbidden)
  if (onDenied) access.onDenied(onDenied)

  /** Why the principal may not, in AWS's words; undefined where it may. */
  function refusal(principal: string, needed: Access): string | undefined {
    const { action, resource } = needed
    if (isAbroad(resource)) return `because no resource-based policy allows the ${action} action`
    if (!roles.has(principal)) return undefined
    const verdict = roles.judge(principal, needed, statement => access.isForbidden({ principal, action, statement }))
    if (verdict.kind === 'denied' && verdict.explicitly) return 'with an explicit deny in an identity-based policy'
    if (verdict.kind === 'denied') return `because no identity-based policy allows the ${action} action`
    access.noteUse({ principal, action, resource: verdict.resource, statement: verdict.statement })
    return undefined
  }

  function denied(principal: string, needed: readonly Access[]): AccessDenied | undefined {
    for (const one of needed) {
      const because = refusal(principal, one)
      if (because === undefined) continue
      const { action, resource } = one
      if (roles.has(principal)) access.noteDenial({ principal, action, resource, because })
      return new AccessDenied(principal, one, because)
    }
    return undefined
  }

  return {
    access,
    putRole: role => roles.put(role),
    isJudged: principal => roles.has(principal),
    trusts: (roleArn, service, sourceArn) => !roles.has(roleArn) || roles.trusts(roleArn, service, sourceArn),
    demand(principal, needed) {
      const error = denied(principal, needed)
      if (error) throw error
    },
    allows: (principal, needed) => denied(principal, needed) === undefined,
  }
}

function isAbroad(resource: string): boolean {
  const account = resource.split(':')[4]
  return account !== undefined && /^\d{12}$/.test(account) && account !== ACCOUNT
}
