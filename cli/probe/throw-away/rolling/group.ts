import type { ECRClient } from '@aws-sdk/client-ecr'
import type { Group } from '../../question.ts'
import { recordedDigest } from '../../read-only/recorded-digest.ts'
import { servingRevision } from '../../read-only/serving-revision.ts'
import type { Place } from '../place.ts'
import { makeService } from '../service.ts'
import { configurationAlone } from './configuration-alone.ts'
import { forcedDeployment } from './forced-deployment.ts'
import { namedDeployment } from './named-deployment.ts'
import { partialConfiguration } from './partial-configuration.ts'
import { CONFIGURATION, type Rolling } from './rolling.ts'
import { sameDefinition } from './same-definition.ts'
import { stoppedTooLate } from './stopped-too-late.ts'
import { superseded } from './superseded.ts'

export function rollingService(place: Place, ecr: ECRClient): Group<Rolling> {
  return {
    questions: [
      ...[servingRevision, recordedDigest],
      ...[sameDefinition, configurationAlone, partialConfiguration],
      ...[stoppedTooLate, namedDeployment, forcedDeployment, superseded],
    ],
    open: async () => ({
      ...(await makeService(place, 'rolling', { deploymentConfiguration: CONFIGURATION })),
      ecr,
    }),
  }
}
