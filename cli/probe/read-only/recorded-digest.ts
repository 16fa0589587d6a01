import { DescribeTasksCommand, ListTasksCommand } from '@aws-sdk/client-ecs'
import { type Asking, currentRevisions } from '../ecs.ts'
import { asAssumed, notAsked, otherwise, type Question } from '../question.ts'
import { findImage, type InRegistry } from './registry.ts'
import type { Serving } from './serving.ts'

export const recordedDigest: Question<Serving> = {
  name: 'recorded-digest',
  asks: 'which digest does ECS record for a container: that of the index it was given, or of the platform it pulled?',
  assumed: 'either, in the revision and in its tasks; both prove the image',
  async ask(serving) {
    const [revision] = await currentRevisions(serving)
    const [{ containerName = '', image = '', imageDigest } = {}] = revision?.containerImages ?? []
    const known = await findImage(serving.ecr, image)
    if (!known) return notAsked(`${image || 'no image'} is not found in ECR`)
    const inTasks = await digestsOfTasks(serving, containerName, revision?.taskDefinition ?? '')
    const seen = { revision: kindOf(known, imageDigest), tasks: inTasks.map(digest => kindOf(known, digest)) }
    const saw = `in the revision ${seen.revision}; in its tasks ${[...new Set(seen.tasks)].join(', ') || 'none'}`
    return [seen.revision, ...seen.tasks].includes('another') ? otherwise(saw) : asAssumed(saw)
  },
}

type Kind = 'the index' | 'a platform' | 'the image' | 'another'

function kindOf({ digest, manifest: { manifests } }: InRegistry, seen: string | undefined): Kind {
  if (seen === digest) return manifests ? 'the index' : 'the image'
  return manifests?.some(platform => platform.digest === seen) ? 'a platform' : 'another'
}

async function digestsOfTasks({ ecs, cluster, service }: Asking, container: string, definition: string) {
  const { taskArns: tasks = [] } = await ecs.send(new ListTasksCommand({ cluster, serviceName: service }))
  if (tasks.length === 0) return []
  const described = await ecs.send(new DescribeTasksCommand({ cluster, tasks }))
  const ours = (described.tasks ?? []).filter(
    ({ taskDefinitionArn, lastStatus }) => taskDefinitionArn === definition && lastStatus === 'RUNNING',
  )
  return ours.map(({ containers = [] }) => containers.find(({ name }) => name === container)?.imageDigest)
}
