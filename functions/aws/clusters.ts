import { DescribeClustersCommand } from '@aws-sdk/client-ecs'
import { ecs } from './ecs.ts'

/** ECS's own word, such as `ACTIVE`; undefined when there is no such cluster. */
export async function clusterStatus(cluster: string): Promise<string | undefined> {
  const { clusters } = await ecs().send(new DescribeClustersCommand({ clusters: [cluster] }))
  return clusters?.[0]?.status
}
