import { AwsError } from '../service.ts'

/** What a role has, as its documents. */
export interface RoleDocuments {
  name: string
  trust: unknown
  inline: readonly unknown[]
  managed: readonly unknown[]
}

const TRUST = 2_048
const INLINE = 10_240
const MANAGED = 6_144
const MANAGED_POLICIES = 10

/** Throws what IAM answers where a role, with all that is in it or attached to it, is more than it takes. */
export function demandRoom({ name, trust, inline, managed }: RoleDocuments): void {
  if (sizeOf(trust) > TRUST) throw exceeded(`Cannot exceed quota for ACLSizePerRole: ${TRUST}`)
  if (inline.reduce((sum: number, one) => sum + sizeOf(one), 0) > INLINE)
    throw exceeded(`Maximum policy size of ${INLINE} bytes exceeded for role ${name}`)
  if (managed.some(one => sizeOf(one) > MANAGED)) throw exceeded(`Cannot exceed quota for PolicySize: ${MANAGED}`)
  if (managed.length > MANAGED_POLICIES) throw exceeded(`Cannot exceed quota for PoliciesPerRole: ${MANAGED_POLICIES}`)
}

/** IAM does not count white space. */
const sizeOf = (document: unknown): number => JSON.stringify(document)?.replace(/\s/g, '').length ?? 0

const exceeded = (message: string) => new AwsError('LimitExceeded', message, 409)
