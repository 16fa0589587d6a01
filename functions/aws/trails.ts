import {
  type AdvancedEventSelector,
  CloudTrailClient,
  DescribeTrailsCommand,
  type EventSelector,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
} from '@aws-sdk/client-cloudtrail'
import { once } from '../environment.ts'

const client = once(() => new CloudTrailClient({}))

/** ARNs of the trails that hear of this region, also those of other regions and of the organization. */
export async function trailsHere(): Promise<string[]> {
  const { trailList } = await client().send(new DescribeTrailsCommand({}))
  return (trailList ?? []).flatMap(({ TrailARN }) => TrailARN ?? [])
}

export interface Logging {
  isLogging: boolean
  selectors: EventSelector[]
  advanced: AdvancedEventSelector[]
}

export async function readTrail(arn: string): Promise<Logging> {
  const { IsLogging = false } = await client().send(new GetTrailStatusCommand({ Name: arn }))
  const { EventSelectors, AdvancedEventSelectors } = await client().send(
    new GetEventSelectorsCommand({ TrailName: arn }),
  )
  return { isLogging: IsLogging, selectors: EventSelectors ?? [], advanced: AdvancedEventSelectors ?? [] }
}
