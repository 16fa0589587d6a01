import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import type { Rehearsal } from '../../rehearsal/index.ts'

/** One action in one statement of a role's policies. */
export interface Grant {
  /** ARN. */
  principal: string
  /** As people call it: the place of the role in the stack. */
  role: string
  action: string
  /** As its uses name it. */
  statement: string
  /** Under which conditions it is allowed, without the ARNs in them; empty: under none. */
  condition: string
  resources: string[]
  /** Why resources have to be named by patterns. */
  because: string[]
}

/** Why an action of a role stays although no rehearsal uses it. */
export interface Reason extends Pick<Grant, 'principal' | 'role' | 'action'> {
  why: string
  /** Of the statements that it speaks of; absent: it speaks of all. */
  condition?: string
  /** It names a moment that rehearsals hit or not. */
  isOfMoment?: true
}

/** Whether the reason is one for this. */
export const isFor = (reason: Reason, grant: Pick<Grant, 'principal' | 'action' | 'condition'>): boolean =>
  reason.principal === grant.principal &&
  reason.action.toLowerCase() === grant.action.toLowerCase() &&
  (reason.condition ?? grant.condition) === grant.condition

const oneOrMore = z.union([z.string().transform(one => [one]), z.array(z.string())])
/** Operator → key → values; in the assembly an ARN is an expression. */
const conditions = z.record(z.string(), z.record(z.string(), z.unknown()))
const document = z.object({
  Statement: z.array(
    z.object({
      Sid: z.string().optional(),
      Action: oneOrMore,
      Resource: oneOrMore,
      Condition: conditions.default({}),
    }),
  ),
})
const explanation = z.object({
  actions: z.array(z.string()),
  conditions: conditions.optional(),
  because: z.string().optional(),
  unused: z.record(z.string(), z.string()).default({}),
  seldom: z.record(z.string(), z.string()).default({}),
})
type Explanation = z.output<typeof explanation>

/** What the roles hold, statement by statement, and the reasons that are given for what is not used. */
export function grantsOf(
  { roles, deployed, resources }: Rehearsal['stack'],
  assembly: string,
): { grants: Grant[]; reasons: Reason[] } {
  const told = metadataOf(assembly)
  const all = [...deployed].flatMap(([id, { type }]) => {
    const role = type === 'AWS::IAM::Role' && [...roles.values()].find(({ name }) => name === resources[id])
    if (!role) return []
    const { place = id, explained = [] } = told.get(id) ?? {}
    const of = { principal: role.arn, role: place }
    const grants = [...role.policies, ...role.attached].flatMap((policy, at) =>
      document.parse(policy).Statement.flatMap(({ Sid, Action, Resource, Condition }, n) => {
        const condition = conditionIn(Condition)
        const statement = Sid || `policy ${at + 1} of ${role.name}[${n}]`
        return Action.map(action => ({
          ...{ ...of, action, statement, condition, resources: Resource },
          because: explained.flatMap(each => (isAbout(each, action, condition) && each.because) || []),
        }))
      }),
    )
    return [{ grants, reasons: explained.flatMap(each => reasonsIn(each).map(reason => ({ ...of, ...reason }))) }]
  })
  return { grants: all.flatMap(({ grants }) => grants), reasons: all.flatMap(({ reasons }) => reasons) }
}

function isAbout({ actions, conditions }: Explanation, action: string, condition: string): boolean {
  return actions.includes(action) && (conditions === undefined || conditionIn(conditions) === condition)
}

function reasonsIn({ conditions, unused, seldom }: Explanation): Omit<Reason, 'principal' | 'role'>[] {
  const condition = conditions && { condition: conditionIn(conditions) }
  return [
    ...Object.entries(unused).map(([action, why]) => ({ action, why, ...condition })),
    ...Object.entries(seldom).map(([action, why]) => ({ action, why, ...condition, isOfMoment: true as const })),
  ]
}

function conditionIn(block: z.output<typeof conditions>): string {
  const words = Object.entries(block).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => {
      const plain = [values].flat().filter(value => typeof value === 'string' && !value.startsWith('arn:'))
      return [operator, key, ...plain.sort()].join(' ')
    }),
  )
  return words.sort().join(', ')
}

const metadata = z.record(z.string(), z.array(z.object({ type: z.string(), data: z.unknown() })))

/** By a role's logical id, where it is in the stack and what was said beside it. */
function metadataOf(assembly: string): Map<string, { place: string; explained: Explanation[] }> {
  const file = readdirSync(assembly).find(name => name.endsWith('.metadata.json'))
  if (!file) throw new Error(`${assembly} has no metadata: nothing says why roles hold what they hold`)
  const entries = metadata.parse(JSON.parse(readFileSync(join(assembly, file), 'utf8')))
  return new Map(
    Object.entries(entries).flatMap(([path, told]) => {
      const id = told.find(({ type }) => type === 'aws:cdk:logicalId')?.data
      const [, place = path] = /^\/[^/]+\/[^/]+\/(.*?)(?:\/(?:Service)?Role)?\/Resource$/.exec(path) ?? []
      const explained = told.flatMap(({ type, data }) => (type === 'sluice:grant' ? [explanation.parse(data)] : []))
      return typeof id === 'string' ? [[id, { place, explained }] as const] : []
    }),
  )
}
