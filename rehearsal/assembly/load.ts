import { z } from 'zod'
import { changesOf, type Deployed, type DeployedResources, demandPossible } from './change.ts'
import { type Created, holds, references, resolve, type Scope } from './intrinsics.ts'
import { physicalName } from './names.ts'
import { type Assembly, readAssembly } from './read.ts'
import type { Making, ResourceType, Role, Services } from './resource.ts'
import { RESOURCES } from './resources.ts'

export interface Stack {
  name: string
  outputs: Record<string, string>
  /** Logical id → what the resource answers to `Ref`. */
  resources: Readonly<Record<string, string>>
  /** By ARN. */
  roles: ReadonlyMap<string, Role>
  /** By logical id. */
  deployed: DeployedResources
}

/**
 * Deploys an assembly's one stack, its resources in dependency order: new, or over the one of its name among `stacks`. What is not known, or
 * cannot be made of what is there, is refused before anything is done, where the templates show it.
 */
export async function loadAssembly(
  directory: string,
  services: Services,
  stacks: ReadonlyMap<string, Stack> = new Map(),
): Promise<Stack> {
  const assembly = readAssembly(directory)
  const { stackName: name, template } = assembly
  const current = stacks.get(name)
  const former: DeployedResources = current?.deployed ?? new Map()
  const deployed = new Map<string, Deployed>()
  const scope: Scope = { stackName: name, template, resource: id => deployed.get(id)?.created }
  const wanted = Object.keys(template.Resources).filter(id => isWanted(id, assembly, scope))
  const types = new Map(wanted.map(id => [id, typeOf(id, assembly)]))
  demandPossible(former, assembly, types, type => RESOURCES[type])
  const roles = new Map(current?.roles)
  const makingOf = (id: string): Making => ({
    services,
    roles,
    stackName: name,
    name: (given, longest) => given ?? physicalName(name, id, longest),
    asset: objectKey => assetOf(assembly, objectKey),
  })

  const replaced = new Set<string>()
  for (const [id, type, written] of inOrder(assembly, wanted).map(id => stepOf(id, assembly, types)))
    await named(`${id} (${written.Type})`, async () => {
      const properties = resolve(written.Properties, scope) as Record<string, unknown>
      const before = former.get(id)
      const change = before ? changeOf(type, before.properties, properties) : 'create'
      if (change === 'replace') replaced.add(id)
      deployed.set(id, {
        ...{ type: written.Type, written: written.Properties, properties },
        created: await made(type, properties, { change, before, making: makingOf(id) }),
        isRetained: written.DeletionPolicy?.startsWith('Retain') ?? false,
        isRetainedWhenReplaced: written.UpdateReplacePolicy === 'Retain',
      })
    })
  for (const [id, before] of [...former].toReversed()) {
    const isOver = !deployed.has(id) || replaced.has(id)
    const stays = replaced.has(id) ? before.isRetainedWhenReplaced : before.isRetained
    if (isOver && !stays) await named(`${id} (${before.type})`, async () => removed(before, makingOf(id)))
  }
  const outputs = await named('the outputs', async () => outputsOf(assembly, scope))
  const resources = Object.fromEntries([...deployed].map(([id, { created }]) => [id, created.ref]))
  return { name, outputs, resources, roles, deployed }
}

type Written = Assembly['template']['Resources'][string]

function stepOf(id: string, { template }: Assembly, types: ReadonlyMap<string, ResourceType>) {
  return [id, types.get(id) as ResourceType, template.Resources[id] as Written] as const
}

type Change = 'create' | 'none' | 'update' | 'replace'

function changeOf(type: ResourceType, before: Record<string, unknown>, after: Record<string, unknown>): Change {
  const changed = changesOf(before, after)
  if (changed.length === 0) return 'none'
  const refused = type.refusal(changed)
  if (refused) throw new Error(refused)
  return type.isReplacedBy(changed) ? 'replace' : 'update'
}

async function made(
  type: ResourceType,
  properties: Record<string, unknown>,
  { change, before, making }: { change: Change; before: Deployed | undefined; making: Making },
): Promise<Created> {
  if (!before || change === 'create' || change === 'replace') return type.create(properties, making)
  return change === 'update' ? type.update(properties, making, before) : before.created
}

function removed(before: Deployed, making: Making): void {
  const remove = RESOURCES[before.type]?.remove
  if (!remove) throw new Error('to remove it is not part of this rehearsal')
  remove(before, making)
}

function isWanted(id: string, { template }: Assembly, scope: Scope): boolean {
  const condition = template.Resources[id]?.Condition
  return condition === undefined || holds(condition, scope)
}

function typeOf(id: string, { template }: Assembly): ResourceType {
  const type = template.Resources[id]?.Type ?? ''
  const known = RESOURCES[type]
  if (!known) throw new Error(`${id}: resource type ${type} is not part of this rehearsal`)
  return known
}

function assetOf({ assets }: Assembly, objectKey: string): string {
  const path = assets.get(objectKey)
  if (path === undefined) throw new Error(`there is no asset ${objectKey} in the assembly`)
  return path
}

/** Every resource after those that it speaks of or depends on. */
function inOrder({ template }: Assembly, wanted: string[]): string[] {
  const ordered = new Set<string>()
  const visit = (id: string, path: string[]): void => {
    if (ordered.has(id) || !wanted.includes(id)) return
    if (path.includes(id)) throw new Error(`Circular dependency between resources: [${[...path, id].join(', ')}]`)
    const { DependsOn = [], Properties } = template.Resources[id] ?? {}
    for (const other of [...DependsOn, ...references(Properties)]) visit(other, [...path, id])
    ordered.add(id)
  }
  for (const id of wanted) visit(id, [])
  return [...ordered]
}

function outputsOf({ template }: Assembly, scope: Scope): Record<string, string> {
  const shown = Object.entries(template.Outputs).filter(([, { Condition }]) => !Condition || holds(Condition, scope))
  return Object.fromEntries(shown.map(([name, { Value }]) => [name, String(resolve(Value, scope))]))
}

/** Says which resource an error is about. */
async function named<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw new Error(`${what}: ${cause instanceof z.ZodError ? problems(cause) : (cause as Error).message}`, { cause })
  }
}

function problems({ issues }: z.ZodError): string {
  return issues
    .map(issue => {
      const at = issue.path.join('.')
      if (issue.code !== 'unrecognized_keys') return `property ${at}: ${issue.message}`
      return `${[at, issue.keys.join(', ')].filter(Boolean).join('.')} is not part of this rehearsal`
    })
    .join('; ')
}
