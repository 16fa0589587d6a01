import type { Lack } from '../../domain/lack.ts'
import { quoted } from '../../domain/shell.ts'
import { findRole } from '../../functions/aws/roles.ts'
import { type Examination, judged, type Where } from './examination.ts'

/** Who acts with a role. */
export type Actor = 'ecs.amazonaws.com' | 'ecs-tasks.amazonaws.com'

/** Whether the service could be handed the role (ARN); `used`: by what, and for what. A role that several need is asked once. */
export async function askRole(
  examination: Examination,
  where: Where,
  { arn, actor, used }: { arn: string; actor: Actor; used: string },
): Promise<void> {
  await examination.askOnce(`${arn} ${actor}`, 'role', where, async () => judged(await whyNotAssumed(arn, actor, used)))
}

async function whyNotAssumed(arn: string, actor: Actor, used: string): Promise<Lack | undefined> {
  const name = arn.slice(arn.lastIndexOf('/') + 1)
  const role = await findRole(arn)
  const trust = quoted(JSON.stringify(trustFor(actor)))
  if (!role)
    return {
      found: `${used} is role ${arn}, which IAM has not`,
      remedy: 'create it, with the policies that it needs',
      command: `aws iam create-role --role-name ${quoted(name)} --assume-role-policy-document ${trust}`,
    }
  if (role.arn !== arn)
    return {
      found: `${used} is role ${arn}, and IAM's role of this name is ${role.arn}`,
      remedy: 'write the whole ARN, path and account included',
    }
  if (mayAssume(role.trust, actor)) return undefined
  return {
    found: `${used} is role ${name}, which does not trust ${actor}: ECS could not act with it`,
    remedy: 'let it trust ECS, beside whom it trusts already',
    command: `aws iam update-assume-role-policy --role-name ${quoted(name)} --policy-document ${trust}`,
  }
}

function trustFor(Service: Actor) {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }] }
}

/** By the role's trust policy; what its conditions ask for is not looked at. */
export function mayAssume(trust: unknown, actor: Actor): boolean {
  const { Statement } = (trust ?? {}) as { Statement?: unknown }
  return listed(Statement).some(statement => {
    const { Effect, Action, Principal } = statement as { Effect?: string; Action?: unknown; Principal?: unknown }
    const { Service } = (Principal ?? {}) as { Service?: unknown }
    const isNamed = Principal === '*' || listed(Service).some(named => named === actor || named === '*')
    return (
      Effect === 'Allow' && isNamed && listed(Action).some(action => /^(sts:(AssumeRole|\*)|\*)$/i.test(`${action}`))
    )
  })
}

/** IAM takes one for a list of one. */
const listed = (value: unknown): unknown[] => (value === undefined ? [] : [value].flat())
