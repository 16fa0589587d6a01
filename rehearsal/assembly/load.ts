import { z } from 'zod'
import { type Created, holds, references, resolve, type Scope } from './intrinsics.ts'
import { physicalName } from './names.ts'
import { type Assembly, readAssembly } from './read.ts'
import type { ResourceType, Role, Services } from './resource.ts'
import { RESOURCES } from './resources.ts'

export interface Stack {
  name: string
  outputs: Record<string, string>
  /** Logical id → what the resource answers to `Ref`. */
  resources: Readonly<Record<string, string>>
  /** By ARN. */
  roles: ReadonlyMap<string, Role>
}

/** Creates the resources of an assembly's one stack in dependency order. What is not known is refused before anything is created, where that can be seen. */
export async function loadAssembly(directory: string, services: Services): Promise<Stack> {
  const assembly = readAssembly(directory)
  const { stackName: name, template } = assembly
  const created = new Map<string, Created>()
  const scope: Scope = { stackName: name, template, resource: id => created.get(id) }
  const wanted = Object.keys(template.Resources).filter(id => isWanted(id, assembly, scope))
  const types = new Map(wanted.map(id => [id, typeOf(id, assembly)]))
  const roles = new Map<string, Role>()

  for (const id of inOrder(assembly, wanted)) {
    const making = {
      services,
      roles,
      stackName: name,
      name: (given: string | undefined, longest: number) => given ?? physicalName(name, id, longest),
      asset: (objectKey: string) => assetOf(assembly, objectKey),
    }
    const { Type, Properties } = template.Resources[id] ?? { Type: '', Properties: {} }
    await named(`${id} (${Type})`, async () => {
      const properties = resolve(Properties, scope) as Record<string, unknown>
      const made = await types.get(id)?.create(properties, making)
      if (made) created.set(id, made)
    })
  }
  const outputs = await named('the outputs', async () => outputsOf(assembly, scope))
  return { name, outputs, resources: Object.fromEntries([...created].map(([id, { ref }]) => [id, ref])), roles }
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
