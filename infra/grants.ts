import type { IRole } from 'aws-cdk-lib/aws-iam'
import type { Needs, Statement } from '../functions/permissions.ts'

/** Writes beside a role, in the assembly alone, why it holds what it holds: the report on permissions reads it there. What has no `conditions` is said of its actions under whichever. */
export function explainGrants(
  role: IRole,
  explained: (Pick<Statement, 'actions' | 'conditions' | 'because' | 'unused'> & Pick<Needs, 'seldom'>)[],
): void {
  for (const { actions, conditions, because, unused, seldom } of explained)
    if (actions.length > 0 && (because || unused || seldom))
      role.node.defaultChild?.node.addMetadata('sluice:grant', {
        actions,
        ...(conditions && { conditions }),
        ...(because && { because }),
        ...(unused && { unused }),
        ...(seldom && { seldom }),
      })
}
