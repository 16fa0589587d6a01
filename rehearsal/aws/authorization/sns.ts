import type { ListSubscriptionsByTopicInput, PublishInput } from '@aws-sdk/client-sns'
import type { Authorization } from '../service.ts'

export const SNS_AUTHORIZATION: Authorization = {
  Publish: ({ TopicArn = '' }: PublishInput) => [{ action: 'sns:Publish', resource: TopicArn }],
  ListSubscriptionsByTopic: ({ TopicArn = '' }: ListSubscriptionsByTopicInput) => [
    { action: 'sns:ListSubscriptionsByTopic', resource: TopicArn },
  ],
}
