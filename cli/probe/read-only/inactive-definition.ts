import { DescribeTaskDefinitionCommand } from '@aws-sdk/client-ecs'
import { type Asking, describeDeployment, describeRevisions, listDeployments, shortArn } from '../ecs.ts'
import { asAssumed, notAsked, otherwise, type Question } from '../question.ts'

export const inactiveDefinition: Question<Asking> = {
  name: 'inactive-definition',
  asks: 'does DescribeServiceRevisions answer for a revision whose task definition was deregistered?',
  assumed: 'it does, with the definition and its images',
  async ask(asking) {
    for (const arn of await listDeployments(asking)) {
      const { targetServiceRevision } = await describeDeployment(asking, arn)
      const [revision] = await describeRevisions(asking, [targetServiceRevision?.arn ?? []].flat())
      if (!revision) return otherwise(`nothing of revision ${shortArn(targetServiceRevision?.arn)}`)
      const { taskDefinition, containerImages = [] } = revision
      const { taskDefinition: definition } = await asking.ecs.send(
        new DescribeTaskDefinitionCommand({ taskDefinition }),
      )
      if (definition?.status !== 'INACTIVE') continue
      const saw = `${shortArn(taskDefinition)} is INACTIVE; its revision has ${containerImages.length} images`
      return containerImages.length > 0 ? asAssumed(saw) : otherwise(saw)
    }
    return notAsked(`every definition that ${asking.service} was deployed with is ACTIVE`)
  },
}
