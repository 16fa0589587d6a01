import { APPROVALS } from './scenarios/approvals.ts'
import { DATABASES } from './scenarios/databases.ts'
import { HINDERED } from './scenarios/hindered.ts'
import { LOST_EVENTS } from './scenarios/lost-events.ts'
import { OUTAGES } from './scenarios/outages.ts'
import { PUSHES } from './scenarios/pushes.ts'
import { QUEUES } from './scenarios/queues.ts'
import { ROLLBACKS } from './scenarios/rollbacks.ts'
import type { Scenario } from './scenarios/scenario.ts'
import { STORMS } from './scenarios/storms.ts'
import { TRAFFIC } from './scenarios/traffic.ts'

export type { Scenario } from './scenarios/scenario.ts'

/** By name, in the order in which they are listed. */
export const SCENARIOS: Record<string, Scenario> = {
  ...PUSHES,
  ...LOST_EVENTS,
  ...QUEUES,
  ...TRAFFIC,
  ...HINDERED,
  ...APPROVALS,
  ...ROLLBACKS,
  ...DATABASES,
  ...OUTAGES,
  ...STORMS,
}

export const DEFAULT_SCENARIO = 'release'
