import type { ECSClient, NetworkConfiguration, Tag } from '@aws-sdk/client-ecs'
import type { Made } from '../made.ts'
import type { Pause } from '../patience.ts'

/** Where throw-away things are made, and how whatever is made there is known. */
export interface Place {
  ecs: ECSClient
  cluster: string
  taskDefinition: string
  networkConfiguration: NetworkConfiguration
  made: Made
  pause: Pause
  /** What every name ends with. */
  id: string
}

export const PREFIX = 'sluice-probe'

/** Whatever of these kinds is named so, a probe has made. */
export const NAMES = {
  service: new RegExp(`^${PREFIX}-(rolling|colours)-[0-9a-z]{6}$`),
  targetGroup: new RegExp(`^${PREFIX}-[0-9a-z]{6}-(blue|green)$`),
  ruleHost: new RegExp(`^${PREFIX}-[0-9a-z]{6}\\.invalid$`),
  stateMachine: new RegExp(`^${PREFIX}-[0-9a-z]{6}$`),
}

export const tagsOf = ({ id }: Pick<Place, 'id'>): Tag[] => [{ key: 'sluice:probe', value: id }]

/** Longest time for a service to come up, or to be deployed once more, in ms. */
export const DEPLOYMENT_MS = 20 * 60_000

/** How long ECS is given to begin what should not begin, in ms. */
export const BEGINNING_MS = 20_000
