import * as z from 'zod'

/** RDS says that something happened to a database or a snapshot. That a snapshot has failed is not among it. */
export const rdsEvent = z.object({
  source: z.literal('aws.rds'),
  'detail-type': z.enum([
    'RDS DB Instance Event',
    'RDS DB Snapshot Event',
    'RDS DB Cluster Event',
    'RDS DB Cluster Snapshot Event',
  ]),
  detail: z.object({
    /** ARN of the database or snapshot that it is about. */
    SourceArn: z.string().min(1),
    EventID: z.string(),
  }),
})

/** Something happened to what these ARNs begin with. */
export function eventsOf(arnPrefixes: string[]) {
  return {
    source: ['aws.rds'],
    detailType: rdsEvent.shape['detail-type'].options,
    detail: { SourceArn: arnPrefixes.map(prefix => ({ prefix })) },
  }
}
