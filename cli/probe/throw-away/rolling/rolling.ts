import type { ECRClient } from '@aws-sdk/client-ecr'
import type { OwnService } from '../service.ts'

export type Rolling = OwnService & { ecr: ECRClient }

/** Other than ECS's defaults, so that a part that is lost is seen; one task can be replaced by any of them. */
export const CONFIGURATION = {
  maximumPercent: 150,
  minimumHealthyPercent: 0,
  deploymentCircuitBreaker: { enable: true, rollback: true },
}
