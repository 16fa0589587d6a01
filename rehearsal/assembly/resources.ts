import type { ResourceType } from './resource.ts'
import { FOUNDATIONS } from './resources/foundations.ts'
import { FUNCTIONS } from './resources/functions.ts'
import { HTTP_APIS } from './resources/http-apis.ts'
import { MESSAGES } from './resources/messages.ts'
import { SECRETS } from './resources/secrets.ts'
import { WORKFLOWS } from './resources/workflows.ts'

/** Resource type → how it is created. A type that is not here is refused by name. */
export const RESOURCES: Readonly<Record<string, ResourceType>> = {
  ...FOUNDATIONS,
  ...FUNCTIONS,
  ...HTTP_APIS,
  ...MESSAGES,
  ...SECRETS,
  ...WORKFLOWS,
}
