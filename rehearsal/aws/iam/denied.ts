import { type Access, AwsError } from '../service.ts'
import { identityOf } from '../sts.ts'

/** A call that AWS refuses for lack of permission; each service gives the error a name of its own. */
export class AccessDenied extends AwsError {
  constructor(principal: string, { action, resource }: Access, because: string) {
    const { Arn: user } = identityOf(principal)
    super(
      'AccessDeniedException',
      `User: ${user} is not authorized to perform: ${action} on resource: ${resource} ${because}`,
    )
  }
}
