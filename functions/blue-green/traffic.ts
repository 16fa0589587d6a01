import type { RuleTraffic } from '../../domain/serving.ts'
import { wiringsOf } from '../../domain/wiring.ts'
import { readService, servingRevisions } from '../aws/ecs.ts'
import { findRule } from '../aws/load-balancing.ts'

/** Where the production rules of a service send its users now; none where ECS does not shift its traffic. */
export async function readRuleTraffic(cluster: string, name: string): Promise<RuleTraffic[]> {
  const service = await readService(cluster, name)
  const wirings = service.deploymentConfiguration?.strategy === 'ROLLING' ? [] : wiringsOf(service)
  if (wirings.length === 0) return []
  const serving = (await servingRevisions(service)).flatMap(revision => revision.targetGroups)
  return Promise.all(
    wirings.map(async ({ productionRule, targetGroups }) => ({
      rule: productionRule,
      weights: (await findRule(productionRule))?.weights ?? [],
      serves: targetGroups.filter(group => serving.includes(group)),
    })),
  )
}
