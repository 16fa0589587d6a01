import { APPROVALS } from './scenarios/approvals.ts'
import { DATABASES } from './scenarios/databases.ts'
import { HINDERED } from './scenarios/hindered.ts'
import { OUTAGES } from './scenarios/outages.ts'
import { PUSHES } from './scenarios/pushes.ts'
import { ROLLBACKS } from './scenarios/rollbacks.ts'
import type { Scenario } from './scenarios/scenario.ts'
import { TRAFFIC } from './scenarios/traffic.ts'

export type { Scenario } from './scenarios/scenario.ts'

/** By name, in the order in which they are listed. */
export const SCENARIOS: Record<string, Scenario> = {
  ...PUSHES,
  ...TRAFFIC,
  ...HINDERED,
  ...APPROVALS,
  ...ROLLBACKS,
  ...DATABASES,
  ...OUTAGES,
}

export const DEFAULT_SCENARIO = 'release'
