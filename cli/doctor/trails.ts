import type { Lack } from '../../domain/lack.ts'
import { type Logging, readTrail, trailsHere } from '../../functions/aws/trails.ts'

/** Why nobody could tell in half a year who pushed an image or changed a service; undefined where a trail keeps that. */
export async function whyNothingLogged(): Promise<Lack | undefined> {
  const trails = await trailsHere()
  const unread: Error[] = []
  for (const trail of trails) {
    try {
      if (logsManagement(await readTrail(trail))) return undefined
    } catch (error) {
      unread.push(error as Error)
    }
  }
  // One that cannot be read may be the one that logs.
  if (unread[0]) throw unread[0]
  return {
    found:
      trails.length > 0
        ? `no trail of CloudTrail logs who changes what: ${trails.map(nameOf).join(', ')}`
        : 'CloudTrail has no trail here; it forgets after 90 days who pushed an image or changed a service',
    remedy: 'have one log management events',
    command: trails[0]
      ? `aws cloudtrail put-event-selectors --trail-name ${trails[0]} --event-selectors '[{"ReadWriteType":"All","IncludeManagementEvents":true}]' && aws cloudtrail start-logging --name ${trails[0]}`
      : 'aws cloudtrail create-trail --name account --s3-bucket-name <bucket> --is-multi-region-trail && aws cloudtrail start-logging --name account',
  }
}

const nameOf = (arn: string) => arn.slice(arn.lastIndexOf('/') + 1)

/** Whether changes that people make by calls to AWS are written down. */
export function logsManagement({ isLogging, selectors, advanced }: Logging): boolean {
  const basic = selectors.some(
    ({ IncludeManagementEvents, ReadWriteType = 'All' }) => IncludeManagementEvents && ReadWriteType !== 'ReadOnly',
  )
  const detailed = advanced.some(({ FieldSelectors = [] }) => {
    const values = (field: string) => FieldSelectors.find(({ Field }) => Field === field)?.Equals
    return values('eventCategory')?.includes('Management') && !values('readOnly')?.includes('true')
  })
  return isLogging && (basic || detailed)
}
