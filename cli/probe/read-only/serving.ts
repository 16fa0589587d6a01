import type { ECRClient } from '@aws-sdk/client-ecr'
import type { Asking } from '../ecs.ts'
import { describeService, listDeployments } from '../ecs.ts'
import { type Group, notAsked } from '../question.ts'
import { imageConfig } from './image-config.ts'
import { inactiveDefinition } from './inactive-definition.ts'
import { recordedDigest } from './recorded-digest.ts'
import { servingRevision } from './serving-revision.ts'
import { targetGroup } from './target-group.ts'

/** A service that is there and serves, with the registry that its images come from. */
export type Serving = Asking & { ecr: ECRClient }

/** Changes nothing, whatever the answers are. */
export function servingService(serving: Serving | undefined): Group<Serving> {
  return {
    questions: [servingRevision, targetGroup, recordedDigest, imageConfig, inactiveDefinition],
    async open() {
      if (!serving) return notAsked('name a service of yours: --cluster NAME --service NAME')
      await describeService(serving)
      if ((await listDeployments(serving)).length === 0)
        return notAsked(`ECS remembers no deployment of ${serving.service}; deploy it once`)
      return serving
    },
  }
}
