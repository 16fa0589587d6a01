import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import type { Rehearsal } from '../../rehearsal/index.ts'

/** One action that a role's policies allow, and what stands beside them in the assembly. */
export interface Grant {
  /** ARN. */
  principal: string
  /** As people call it: the place of the role in the stack. */
  role: string
  action: string
  resources: string[]
  /** Why resources have to be named by patterns. */
  because: string[]
  /** Why it stays although no rehearsal uses it. */
  unused?: string
}

const oneOrMore = z.union([z.string().transform(one => [one]), z.array(z.string())])
const document = z.object({ Statement: z.array(z.object({ Action: oneOrMore, Resource: oneOrMore })) })
const role = z.object({ Policies: z.array(z.object({ PolicyDocument: document })).default([]) })
const policy = z.object({ Roles: z.array(z.string()).default([]), PolicyDocument: document })
const reason = z.object({
  actions: z.array(z.string()),
  because: z.string().optional(),
  unused: z.record(z.string(), z.string()).default({}),
})
type Reason = z.output<typeof reason>

/** Of each role every action once. */
export function grantsOf({ roles, deployed, resources }: Rehearsal['stack'], assembly: string): Grant[] {
  const told = metadataOf(assembly)
  const policies = [...deployed.values()].flatMap(({ type, properties }) =>
    /^AWS::IAM::(Managed)?Policy$/.test(type) ? [policy.parse(properties)] : [],
  )
  return [...deployed].flatMap(([id, { type, properties }]) => {
    if (type !== 'AWS::IAM::Role') return []
    const name = resources[id] ?? ''
    const principal = [...roles.keys()].find(arn => arn.endsWith(`/${name}`)) ?? ''
    const attached = policies.filter(({ Roles }) => Roles.includes(name))
    const statements = [...role.parse(properties).Policies, ...attached].flatMap(one => one.PolicyDocument.Statement)
    const { place = id, reasons = [] } = told.get(id) ?? {}
    const actions = [...new Set(statements.flatMap(({ Action }) => Action))]
    return actions.map(action => ({
      ...{ principal, role: place, action },
      resources: unique(statements.flatMap(each => (each.Action.includes(action) ? each.Resource : []))),
      ...reasonsFor(action, reasons),
    }))
  })
}

function reasonsFor(action: string, reasons: Reason[]): Pick<Grant, 'because' | 'unused'> {
  const about = reasons.filter(({ actions }) => actions.includes(action))
  const unused = about.map(each => each.unused[action]).find(Boolean)
  return { because: unique(about.flatMap(({ because }) => because || [])), ...(unused !== undefined && { unused }) }
}

const unique = (texts: string[]) => [...new Set(texts)]

const metadata = z.record(z.string(), z.array(z.object({ type: z.string(), data: z.unknown() })))

/** By a role's logical id, where it is in the stack and what was said beside it. */
function metadataOf(assembly: string): Map<string, { place: string; reasons: Reason[] }> {
  const file = readdirSync(assembly).find(name => name.endsWith('.metadata.json'))
  if (!file) throw new Error(`${assembly} has no metadata: nothing says why roles hold what they hold`)
  const entries = metadata.parse(JSON.parse(readFileSync(join(assembly, file), 'utf8')))
  return new Map(
    Object.entries(entries).flatMap(([path, told]) => {
      const id = told.find(({ type }) => type === 'aws:cdk:logicalId')?.data
      const [, place = path] = /^\/[^/]+\/[^/]+\/(.*?)(?:\/(?:Service)?Role)?\/Resource$/.exec(path) ?? []
      const reasons = told.flatMap(({ type, data }) => (type === 'sluice:grant' ? [reason.parse(data)] : []))
      return typeof id === 'string' ? [[id, { place, reasons }] as const] : []
    }),
  )
}
