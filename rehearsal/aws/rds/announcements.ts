import type { Kind, RdsWorld } from './model.ts'
import { databaseArn, snapshotArn } from './names.ts'

/** RDS's events by their numbers: category and message, as its user guide lists them. */
const EVENTS = {
  '0001': ['backup', 'Backing up DB instance'],
  '0002': ['backup', 'Finished DB Instance backup'],
  '0005': ['creation', 'DB instance created'],
  '0019': ['restoration', 'Restored from DB instance'],
  '0040': ['creation', 'Creating manual snapshot'],
  '0041': ['deletion', 'Deleted user snapshot'],
  '0042': ['creation', 'Manual snapshot created'],
  '0043': ['restoration', 'Restored from snapshot'],
  '0074': ['backup', 'Creating manual cluster snapshot'],
  '0075': ['backup', 'Manual cluster snapshot created'],
  '0090': ['creation', 'Creating automated snapshot'],
  '0091': ['creation', 'Automated snapshot created'],
  '0168': ['backup', 'Creating automated cluster snapshot'],
  '0169': ['backup', 'Automated cluster snapshot created'],
  '0170': ['creation', 'DB cluster created'],
} as const

export type EventNumber = keyof typeof EVENTS

const SOURCES = {
  database: {
    instance: ['RDS DB Instance Event', 'DB_INSTANCE', databaseArn],
    cluster: ['RDS DB Cluster Event', 'CLUSTER', databaseArn],
  },
  snapshot: {
    instance: ['RDS DB Snapshot Event', 'SNAPSHOT', snapshotArn],
    cluster: ['RDS DB Cluster Snapshot Event', 'CLUSTER_SNAPSHOT', snapshotArn],
  },
} as const

/** `of` is a database or a snapshot; `more` ends the message where it names something. */
export function announce(
  world: RdsWorld,
  of: 'database' | 'snapshot',
  { kind, id }: { kind: Kind; id: string },
  number: EventNumber,
  more = '',
): void {
  const [detailType, sourceType, arnOf] = SOURCES[of][kind]
  const [category, message] = EVENTS[number]
  const sourceArn = arnOf(kind, id)
  world.bus.publish({
    source: 'aws.rds',
    'detail-type': detailType,
    resources: [sourceArn],
    detail: {
      EventCategories: [category],
      SourceType: sourceType,
      SourceArn: sourceArn,
      Date: new Date(world.clock.now()).toISOString(),
      Message: more ? `${message} ${more}` : message,
      SourceIdentifier: id,
      EventID: `RDS-EVENT-${number}`,
    },
  })
}
