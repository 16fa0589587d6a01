import type { Lack } from '../../domain/lack.ts'
import { quoted } from '../../domain/shell.ts'
import { findRole } from '../../functions/aws/roles.ts'
import { type Examination, judged, type Where } from './examination.ts'

/** Who acts with a role. */
export type Actor = 'ecs.amazonaws.com' | 'ecs-tasks.amazonaws.com'

/** A role, by its ARN; `used`: by what, and for what. */
interface Wanted {
  arn: string
  actor: Actor
  used: string
}

/** Whether the service could be handed the role. A role that several need is asked once. */
export async function askRole(examination: Examination, where: Where, wanted: Wanted): Promise<void> {
  const { arn, actor } = wanted
  await examination.askOnce(`${arn} ${actor}`, 'role', where, async () => judged(await whyNotAssumed(wanted)))
}

async function whyNotAssumed({ arn, actor, used }: Wanted): Promise<Lack | undefined> {
  const [, path = '/', name = ''] = /:role(\/(?:.*\/)?)([^/]*)$/.exec(arn) ?? []
  const role = await findRole(arn)
  if (!role) {
    const under = path === '/' ? '' : ` --path ${quoted(path)}`
    const trust = asWord({ Version: '2012-10-17', Statement: [trustIn(actor)] })
    return {
      found: `${used} is role ${arn}, which IAM has not`,
      remedy: 'create it, with the policies that it needs',
      command: `aws iam create-role${under} --role-name ${quoted(name)} --assume-role-policy-document ${trust}`,
    }
  }
  if (role.arn !== arn)
    return {
      found: `${used} is role ${arn}, and IAM's role of this name is ${role.arn}`,
      remedy: 'write the whole ARN, path and account included',
    }
  const untrusted = whyUntrusted(name, role.trust, actor)
  return untrusted && { ...untrusted, found: `${used} is role ${name}, which ${untrusted.found}` }
}

const asWord = (value: unknown) => quoted(JSON.stringify(value))

const trustIn = (Service: Actor) => ({ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' })

/**
 * By the role's trust policy; what its conditions ask for is not looked at. The command leaves everybody there whom the role trusts
 * already, since IAM puts what it is given in place of the whole policy.
 */
export function whyUntrusted(name: string, trust: unknown, actor: Actor): Lack | undefined {
  const statements = listed((trust as { Statement?: unknown } | null)?.Statement) as Statement[]
  const isDenied = statements.some(each => each.Effect === 'Deny' && !each.Condition && speaksOf(each, actor))
  if (isDenied)
    return {
      found: `denies itself to ${actor}: ECS could not act with it`,
      remedy: 'except ECS from the Deny in its trust policy',
    }
  if (statements.some(each => each.Effect === 'Allow' && speaksOf(each, actor))) return undefined
  const policy = asWord({ ...(trust as object | null), Statement: [...statements, trustIn(actor)] })
  return {
    found: `does not trust ${actor}: ECS could not act with it`,
    remedy: 'let it trust ECS, beside whom it trusts already',
    command: `aws iam update-assume-role-policy --role-name ${quoted(name)} --policy-document ${policy}`,
  }
}

interface Statement {
  Effect?: string
  Action?: unknown
  Principal?: unknown
  NotPrincipal?: unknown
  Condition?: unknown
}

/** Whether it is about this actor assuming the role. */
function speaksOf({ Action, Principal, NotPrincipal }: Statement, actor: Actor): boolean {
  const isNamed = NotPrincipal === undefined ? names(Principal, actor) : !names(NotPrincipal, actor)
  return isNamed && listed(Action).some(action => /^(sts:(AssumeRole|\*)|\*)$/i.test(`${action}`))
}

function names(principal: unknown, actor: Actor): boolean {
  if (principal === '*') return true
  const { Service } = (principal ?? {}) as { Service?: unknown }
  return listed(Service).some(named => named === actor || named === '*')
}

/** IAM takes one for a list of one. */
const listed = (value: unknown): unknown[] => (value === undefined ? [] : [value].flat())
