import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { synthesize } from '../../cli/rehearsing/synth.ts'
import { resolve as answered } from '../../rehearsal/assembly/intrinsics.ts'
import { type Assembly, readAssembly } from '../../rehearsal/assembly/read.ts'
import { arn } from '../../rehearsal/aws/service.ts'

export const ROOT = resolve(import.meta.dirname, '../..')

export interface Resource {
  id: string
  type: string
  properties: Record<string, unknown>
  deletionPolicy: string | undefined
  updateReplacePolicy: string | undefined
}

export interface Statement {
  actions: string[]
  resources: unknown[]
  conditions: object | undefined
}

export interface SynthesizedStack {
  directory: string
  assembly: Assembly
  of(type: string): Resource[]
  /** The resource that a `Ref` or `Fn::GetAtt` names. */
  named(reference: unknown): Resource | undefined
  /** Every intrinsic function answered, machines and all else by their logical ids. */
  resolved(value: unknown): unknown
  /** Its outputs as the template has them. */
  outputs: Record<string, object>
  /** Everything that a role's policies allow. */
  allowed(role: Resource): Statement[]
}

/** The stack of these applications as it would be deployed, synthesized once per state of the sources. */
export async function synthesizedStack(
  files = [join(ROOT, 'apps/demo.yaml')],
  folder?: string,
): Promise<SynthesizedStack> {
  const { directory } = await synthesize(files, folder)
  const assembly = readAssembly(directory)
  const written = readFileSync(join(directory, `${assembly.stackName}.template.json`), 'utf8')
  const all: Resource[] = Object.entries(assembly.template.Resources).map(([id, resource]) => ({
    id,
    type: resource.Type,
    properties: resource.Properties,
    deletionPolicy: resource.DeletionPolicy,
    updateReplacePolicy: resource.UpdateReplacePolicy,
  }))
  const ofType = (type: string) => all.filter(resource => resource.type === type)
  const named = (reference: unknown) => all.find(({ id }) => id === idIn(reference))
  const resource = (id: string) => {
    const known = named({ Ref: id })
    if (!known) return undefined
    const isMachine = known.type === 'AWS::StepFunctions::StateMachine'
    const name = id.includes('Release') ? 'release' : 'rollback'
    const ref = isMachine ? arn('states', `stateMachine:${name}`) : id
    return { ref, attributes: { Arn: ref, Name: isMachine ? name : id } }
  }
  return {
    directory,
    assembly,
    outputs: JSON.parse(written).Outputs,
    of: ofType,
    named,
    resolved: value => answered(value, { stackName: assembly.stackName, template: assembly.template, resource }),
    allowed: ({ id, properties: { Policies = [] } }) => [
      ...(Policies as { PolicyDocument: unknown }[]).flatMap(policy => statementsIn(policy.PolicyDocument)),
      ...[...ofType('AWS::IAM::Policy'), ...ofType('AWS::IAM::ManagedPolicy')]
        .filter(({ properties }) => (properties.Roles as unknown[]).some(role => idIn(role) === id))
        .flatMap(({ properties }) => statementsIn(properties.PolicyDocument)),
    ],
  }
}

function idIn(reference: unknown): string | undefined {
  const { Ref, 'Fn::GetAtt': attribute } = (reference ?? {}) as { Ref?: string; 'Fn::GetAtt'?: string[] }
  return Ref ?? attribute?.[0]
}

function statementsIn(document: unknown): Statement[] {
  const { Statement: statements } = document as {
    Statement: { Action: string | string[]; Resource: unknown; Condition?: object }[]
  }
  return statements.map(({ Action, Resource: resources, Condition }) => ({
    actions: [Action].flat(),
    resources: [resources].flat(),
    conditions: Condition,
  }))
}

/** The bundle of a function, as it is uploaded. */
export function codeOf({ assembly }: SynthesizedStack, { properties }: Resource): Buffer {
  const { S3Key } = properties.Code as { S3Key: string }
  const folder = assembly.assets.get(S3Key) ?? ''
  if (!existsSync(folder)) throw new Error(`there is no asset ${S3Key}`)
  return readFileSync(join(folder, readdirSync(folder).find(file => file.endsWith('.mjs')) ?? ''))
}
