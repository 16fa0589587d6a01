import { type Asking, currentRevisions, describeService, shortArn } from '../ecs.ts'
import { asAssumed, otherwise, type Question } from '../question.ts'

export const servingRevision: Question<Asking> = {
  name: 'serving-revision',
  asks: 'does currentServiceRevisions of a service that nobody deploys name the revision that serves?',
  assumed: 'it names one of the task definition that the service has',
  async ask(asking) {
    const { taskDefinition, currentServiceRevisions = [] } = await describeService(asking)
    const found = await currentRevisions(asking)
    const saw = `${currentServiceRevisions.length} revisions, ${found.length} of ${shortArn(taskDefinition)}`
    return found.length > 0 ? asAssumed(saw) : otherwise(saw)
  },
}
