import {
  type AdvancedEventSelector,
  CloudTrailClient,
  DescribeTrailsCommand,
  type EventSelector,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
} from '@aws-sdk/client-cloudtrail'
import { once } from '../environment.ts'

const clients = once(() => new Map<string, CloudTrailClient>())

function clientIn(region: string): CloudTrailClient {
  const made = clients().get(region) ?? new CloudTrailClient({ region })
  clients().set(region, made)
  return made
}

export interface Trail {
  arn: string
  /** The region that it was made in, where alone it can be asked what it logs, and changed. */
  home: string
  /** The account that it was made in, which alone may ask it what it logs. */
  account: string
}

/** The trails that hear of this region, also those of other regions and of the organization. */
export async function trailsHere(): Promise<Trail[]> {
  const { trailList } = await new CloudTrailClient({}).send(new DescribeTrailsCommand({}))
  return (trailList ?? []).flatMap(({ TrailARN: arn, HomeRegion }) => {
    const [, , , region = '', account = ''] = arn?.split(':') ?? []
    return arn === undefined ? [] : { arn, home: HomeRegion ?? region, account }
  })
}

export interface Logged {
  selectors: EventSelector[]
  advanced: AdvancedEventSelector[]
}

/** What it logs while it does. */
export async function readSelectors({ arn, home }: Trail): Promise<Logged> {
  const { EventSelectors, AdvancedEventSelectors } = await clientIn(home).send(
    new GetEventSelectorsCommand({ TrailName: arn }),
  )
  return { selectors: EventSelectors ?? [], advanced: AdvancedEventSelectors ?? [] }
}

export async function isLogging({ arn, home }: Trail): Promise<boolean> {
  const { IsLogging = false } = await clientIn(home).send(new GetTrailStatusCommand({ Name: arn }))
  return IsLogging
}
