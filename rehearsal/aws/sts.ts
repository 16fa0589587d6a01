import * as sdk from '@aws-sdk/client-sts'
import { STS_AUTHORIZATION } from './authorization/sts.ts'
import { tail } from './letters.ts'
import { ACCOUNT, type Caller, type Service } from './service.ts'

/** Tells callers who they are. A role's session has no name of its own here. */
export function createSts(): Service {
  return {
    signingName: 'sts',
    sdk,
    authorization: STS_AUTHORIZATION,
    operations: {
      GetCallerIdentity: (_: object, { principal }: Caller): sdk.GetCallerIdentityResponse => ({
        Account: ACCOUNT,
        ...identityOf(principal),
      }),
    },
  }
}

const SESSION = 'rehearsal'

/** As whom AWS knows a principal that has signed a request. */
export function identityOf(principal: string): { Arn: string; UserId: string } {
  const [, role] = /:role\/(?:.*\/)?([^/]+)$/.exec(principal) ?? []
  if (role === undefined) return { Arn: principal, UserId: `AIDA${tail(principal, 17)}` }
  return {
    Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/${SESSION}`,
    UserId: `${roleId(principal)}:${SESSION}`,
  }
}

export function roleId(roleArn: string): string {
  return `AROA${tail(roleArn, 17)}`
}
