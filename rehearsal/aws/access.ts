import type { AccessKey } from './lambda/functions.ts'
import { tail } from './letters.ts'
import { REGION } from './service.ts'

/** What an SDK client finds its endpoint and credentials by. */
export function asEnvironment(endpoint: string, { accessKeyId, secretAccessKey }: AccessKey): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  }
}

/** One for all tasks of a role. */
export function taskKey(role: string): AccessKey {
  return { accessKeyId: `ASIA${tail(role, 16)}`, secretAccessKey: tail(`${role}/secret`, 40) }
}
