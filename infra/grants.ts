import type { IRole } from 'aws-cdk-lib/aws-iam'
import type { Statement } from '../functions/permissions.ts'

/** Writes beside a role, in the assembly alone, why it holds what it holds: the report on permissions reads it there. */
export function explainGrants(role: IRole, statements: Pick<Statement, 'actions' | 'because' | 'unused'>[]): void {
  const resource = role.node.defaultChild
  for (const { actions, because, unused } of statements)
    if (because || unused)
      resource?.node.addMetadata('sluice:grant', { actions, ...(because && { because }), ...(unused && { unused }) })
}
