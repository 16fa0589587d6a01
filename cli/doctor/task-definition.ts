import type { Lack } from '../../domain/lack.ts'
import { withImages } from '../../domain/task-definition.ts'
import { readSecret } from '../../functions/aws/secrets.ts'
import { type ReadDefinition, readTaskDefinition } from '../../functions/aws/task-definitions.ts'
import { type Answer, type Examination, judged, lacking, sound, type Where } from './examination.ts'
import { askRole } from './roles.ts'

/** What of a definition a release needs, and what it is needed for. */
export interface Needed {
  /** ARN of the revision that new ones are copied from. */
  base: string
  container: string
  /** The field of the application file that names the container. */
  field: string
}

/** Whether new revisions can be made of it, and whether their tasks could start: its roles, and its containers' secrets. */
export async function askDefinition(examination: Examination, where: Where, needed: Needed): Promise<void> {
  const read = await examination.ask('task-definition', where, () => whetherFit(needed))
  if (!read) return
  const { taskRoleArn, executionRoleArn, containerDefinitions = [] } = read.definition
  const name = `${read.family}:${read.arn.slice(read.arn.lastIndexOf(':') + 1)}`
  const actor = 'ecs-tasks.amazonaws.com'
  for (const [field, arn] of Object.entries({ taskRoleArn, executionRoleArn }))
    if (arn) await askRole(examination, where, { arn, actor, used: `${field} of task definition ${name}` })
  for (const { name: container = '', secrets = [] } of containerDefinitions)
    for (const { name: variable = '', valueFrom = '' } of secrets) {
      const source = secretIn(valueFrom)
      const used = `${variable} of container ${container} in task definition ${name}`
      if (!source) examination.note(where, `${used} comes from ${valueFrom}, which is not asked for`)
      else
        await examination.askOnce(valueFrom, 'task-secret', where, async () => judged(await whyNoValue(source, used)))
    }
}

async function whetherFit({ base, container, field }: Needed): Promise<Answer<ReadDefinition>> {
  const read = await readTaskDefinition(base)
  if (read.status !== 'ACTIVE')
    return lacking({
      found: `task definition ${base}, which new revisions are copied from, is ${read.status}`,
      remedy: 'register it again, and deploy the service with it',
    })
  if (withImages(read.definition, { [container]: '' }).kind === 'revision') return sound(read)
  const there = (read.definition.containerDefinitions ?? []).map(({ name }) => name).join(', ')
  return lacking({
    found: `task definition ${base} has no container ${container}; it has ${there}`,
    remedy: `correct ${field} in the application file, or the definition`,
  })
}

/** Where a container gets a value from. */
export interface SecretSource {
  id: string
  /** Member of the JSON that the secret holds. */
  key?: string
  versionId?: string
}

/** Undefined: it is none of Secrets Manager's. */
export function secretIn(valueFrom: string): SecretSource | undefined {
  const [, id, key, , versionId] =
    /^(arn:[^:]+:secretsmanager:[^:]*:\d*:secret:[^:]+)(?::([^:]*):([^:]*):([^:]*))?$/.exec(valueFrom) ?? []
  return id === undefined ? undefined : { id, ...(key && { key }), ...(versionId && { versionId }) }
}

/** Nothing of the value is told. */
async function whyNoValue({ id, key, versionId }: SecretSource, used: string): Promise<Lack | undefined> {
  const secret = await readSecret(id, versionId)
  if (!secret)
    return {
      found: `${used} comes from secret ${id}, which Secrets Manager has not, or of which it has no value`,
      remedy: 'put a value there, or correct the definition',
      command: `aws secretsmanager put-secret-value --secret-id ${id} --secret-string <value>`,
    }
  if (key === undefined)
    return secret.value === ''
      ? { found: `${used} comes from secret ${id}, which is empty`, remedy: 'put a value there' }
      : undefined
  if (hasMember(secret.value, key)) return undefined
  return {
    found: `${used} comes from member ${key} of secret ${id}, which has no such member`,
    remedy: 'put it there, or correct the definition',
  }
}

function hasMember(text: string, key: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
  } catch {
    return false
  }
}
