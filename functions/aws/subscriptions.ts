import { ListSubscriptionsByTopicCommand, SNSClient } from '@aws-sdk/client-sns'
import { once } from '../environment.ts'

const client = once(() => new SNSClient({}))

export interface Subscription {
  protocol: string
  endpoint: string
  /** Whether its reader has agreed to it. */
  isConfirmed: boolean
}

export async function subscriptionsOf(TopicArn: string): Promise<Subscription[]> {
  const found: Subscription[] = []
  let NextToken: string | undefined
  do {
    const page = await client().send(new ListSubscriptionsByTopicCommand({ TopicArn, NextToken }))
    for (const { Protocol = '', Endpoint = '', SubscriptionArn = '' } of page.Subscriptions ?? [])
      found.push({ protocol: Protocol, endpoint: Endpoint, isConfirmed: SubscriptionArn.startsWith('arn:') })
    NextToken = page.NextToken
  } while (NextToken)
  return found
}
