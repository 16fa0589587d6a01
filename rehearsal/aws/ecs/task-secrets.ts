import type { RegisterTaskDefinitionRequest } from '@aws-sdk/client-ecs'
import { AwsError } from '../service.ts'
import type { EcsTask } from './model.ts'
import { clientError, notRehearsed } from './names.ts'

/** Asks Secrets Manager as its GetSecretValue is asked; throws what that throws. */
export type SecretReader = (asked: { SecretId: string; VersionStage?: string; VersionId?: string }) => {
  SecretString?: string | undefined
}

/** `arn:aws:secretsmanager:<region>:<account>:secret:<name>[:json-key:version-stage:version-id]`, each of the last three may be empty. */
const VALUE_FROM = /^(arn:aws:secretsmanager:[^:]+:\d{12}:secret:[^:]+)(?::([^:]*):([^:]*):([^:]*))?$/

type ContainerDefinitions = NonNullable<RegisterTaskDefinitionRequest['containerDefinitions']>

/** What RegisterTaskDefinition checks of its containers' secrets. */
export function checkSecrets(containers: ContainerDefinitions, executionRoleArn: string | undefined): void {
  for (const { secrets = [], environment = [] } of containers) {
    if (secrets.length > 0 && !executionRoleArn)
      throw clientError(
        "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
      )
    for (const { name, valueFrom = '' } of secrets) {
      if (!VALUE_FROM.test(valueFrom))
        throw notRehearsed(`a container secret from ${valueFrom}, which is no ARN of Secrets Manager,`)
      if (environment.some(variable => variable.name === name))
        throw clientError(
          `The secret name must be unique and not shared with any new or existing environment variables set on the container, such as '${name}'.`,
        )
    }
  }
}

/** The secrets of each container as its environment has them, in the order of the containers; throws with ECS's reason. */
export function pullSecrets({ taskDefinition }: EcsTask, read: SecretReader): Record<string, string>[] {
  return taskDefinition.containers.map(({ secrets = [] }) =>
    Object.fromEntries(secrets.map(({ name = '', valueFrom = '' }) => [name, secretValue(valueFrom, read)])),
  )
}

function secretValue(valueFrom: string, read: SecretReader): string {
  const [, SecretId = '', key, VersionStage, VersionId] = VALUE_FROM.exec(valueFrom) ?? []
  const asked = { SecretId, ...(VersionStage && { VersionStage }), ...(VersionId && { VersionId }) }
  const text = fetched(asked, read)
  if (!key) return text
  const value = memberOf(text, key)
  if (value === undefined) throw unable(`retrieved secret from Secrets Manager did not contain json key ${key}`)
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function fetched(asked: Parameters<SecretReader>[0], read: SecretReader): string {
  try {
    return read(asked).SecretString ?? ''
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    throw unable(`failed to fetch secret ${asked.SecretId} from secrets manager: ${error.name}: ${error.message}`)
  }
}

function memberOf(text: string, key: string): unknown {
  try {
    return (JSON.parse(text) as Record<string, unknown>)[key]
  } catch {
    throw unable(`secret from Secrets Manager is not JSON, and its member ${key} was asked for`)
  }
}

function unable(because: string): Error {
  return new Error(
    `ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): ${because}`,
  )
}
