import type { Lack } from '../../domain/lack.ts'
import { quoted } from '../../domain/shell.ts'
import { withImages } from '../../domain/task-definition.ts'
import { readSecret } from '../../functions/aws/secrets.ts'
import { hasParameter } from '../../functions/aws/ssm.ts'
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

/**
 * Whether new revisions can be made of it, and whether their tasks could start: its roles, and its containers' secrets. Returns
 * it, where new revisions can be made.
 */
export async function askDefinition(
  examination: Examination,
  where: Where,
  needed: Needed,
): Promise<ReadDefinition | undefined> {
  const read = await examination.ask('task-definition', where, () => whetherFit(needed))
  if (!read) return undefined
  const { taskRoleArn, executionRoleArn, containerDefinitions = [] } = read.definition
  const name = `${read.family}:${read.arn.slice(read.arn.lastIndexOf(':') + 1)}`
  const actor = 'ecs-tasks.amazonaws.com'
  for (const [field, arn] of Object.entries({ taskRoleArn, executionRoleArn }))
    if (arn) await askRole(examination, where, { arn, actor, used: `${field} of task definition ${name}` })
  for (const { name: container = '', secrets = [] } of containerDefinitions)
    for (const { name: variable = '', valueFrom = '' } of secrets) {
      const source = sourceOf(valueFrom, regionIn(read.arn))
      const used = `${variable} of container ${container} in task definition ${name}`
      if (!source) examination.note(where, `${used} comes from ${valueFrom}, which is not asked for`)
      else
        await examination.askOnce(valueFrom, 'task-secret', where, async () => judged(await whyNoValue(source, used)))
    }
  return read
}

const regionIn = (arn: string) => arn.split(':')[3] ?? ''

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
export type Source = SecretSource | { kind: 'parameter'; name: string }

interface SecretSource {
  kind: 'secret'
  id: string
  /** Member of the JSON that the secret holds. */
  key?: string
  stage?: string
  versionId?: string
}

/** Undefined: it is neither in Secrets Manager nor in SSM, or it is in another region. */
export function sourceOf(valueFrom: string, region: string): Source | undefined {
  // Without region and account it is the name of a parameter.
  if (!valueFrom.startsWith('arn:')) return { kind: 'parameter', name: valueFrom }
  if (regionIn(valueFrom) !== region) return undefined
  if (/^arn:[^:]+:ssm:[^:]+:\d+:parameter\//.test(valueFrom)) return { kind: 'parameter', name: valueFrom }
  const [, id, key, stage, versionId] =
    /^(arn:[^:]+:secretsmanager:[^:]*:\d*:secret:[^:]+)(?::([^:]*):([^:]*):([^:]*))?$/.exec(valueFrom) ?? []
  if (id === undefined) return undefined
  return { kind: 'secret', id, ...(key && { key }), ...(stage && { stage }), ...(versionId && { versionId }) }
}

async function whyNoValue(source: Source, used: string): Promise<Lack | undefined> {
  return source.kind === 'secret' ? whyNoSecret(source, used) : whyNoParameter(source.name, used)
}

/** Nothing of the value is told. */
async function whyNoSecret({ id, key, versionId, stage }: SecretSource, used: string): Promise<Lack | undefined> {
  const secret = await readSecret(id, versionId, stage)
  if (!secret)
    return {
      found: `${used} comes from ${stage ? `stage ${stage} of ` : ''}secret ${id}, which Secrets Manager has not, or of which it has no value`,
      remedy: 'put a value there, or correct the definition',
      ...(!stage && { command: `aws secretsmanager put-secret-value --secret-id ${id} --secret-string <value>` }),
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

async function whyNoParameter(name: string, used: string): Promise<Lack | undefined> {
  if (await hasParameter(name)) return undefined
  const plain = name.replace(/^arn:.*:parameter(?=\/)/, '')
  return {
    found: `${used} comes from parameter ${plain}, which SSM has not in this account and region`,
    remedy: 'put a value there, or correct the definition',
    command: `aws ssm put-parameter --type SecureString --name ${quoted(plain)} --value <value>`,
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
