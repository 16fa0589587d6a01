import * as sdk from '@aws-sdk/client-rds'
import pg from 'pg'
import { createRds, type Rds } from '../../../../rehearsal/aws/rds.ts'
import type { Announcement } from '../../../../rehearsal/aws/service.ts'
import { createPostgres } from '../../../../rehearsal/fleet/postgres.ts'
import { type World, worldWith } from '../wire-world.ts'

export const OWNER = { MasterUsername: 'shop', MasterUserPassword: 'correct-horse' }
const INSTANCE = { Engine: 'postgres', DBInstanceClass: 'db.t4g.micro', AllocatedStorage: 20 }

export interface RdsForTests {
  world: World
  rds: Rds
  client: sdk.RDSClient
  hosts: Record<string, number>
  /** What RDS told, as `0042 demo-snapshot`. */
  told(): string[]
  announcements: Announcement[]
  /** Creates an instance with the database `shop` and waits until it is available. */
  instance(id: string, more?: Partial<sdk.CreateDBInstanceMessage>): Promise<void>
  /** As long as a new or restored instance takes, with its first backup. */
  madeAvailable(): Promise<void>
  status(id: string): Promise<string | undefined>
  snapshot(id: string, of: string, more?: Partial<sdk.CreateDBSnapshotMessage>): Promise<void>
  snapshotStatus(id: string): Promise<string | undefined>
  /** Time stands between two calls of it. */
  pass(minutes: number): Promise<void>
  connect(port: number): Promise<pg.Client>
  close(): Promise<void>
}

export async function rdsWorld(): Promise<RdsForTests> {
  const hosts: Record<string, number> = {}
  const announcements: Announcement[] = []
  const postgres = createPostgres()
  const made: Rds[] = []
  const world = await worldWith(clock => {
    made.push(createRds({ clock, bus: { publish: told => void announcements.push(told) }, postgres, hosts }))
    return made
  })
  const [rds] = made
  if (!rds) throw new Error('no RDS')
  const client = new sdk.RDSClient(world.client)
  const connections: pg.Client[] = []
  let release = world.clock.hold('the test')

  const status = async (DBInstanceIdentifier: string) =>
    (await client.send(new sdk.DescribeDBInstancesCommand({ DBInstanceIdentifier }))).DBInstances?.[0]?.DBInstanceStatus
  const pass = async (minutes: number) => {
    const slept = world.clock.sleep(minutes * 60_000)
    release()
    await slept
    release = world.clock.hold('the test')
  }
  // Two steps, since the backup is begun when the creation ends.
  const madeAvailable = async () => {
    await pass(5)
    await pass(1)
  }
  return {
    ...{ madeAvailable, world, rds, client, hosts, announcements, status, pass },
    told: () => announcements.map(({ detail }) => `${String(detail.EventID).slice(-4)} ${detail.SourceIdentifier}`),
    async instance(DBInstanceIdentifier, more) {
      const asked = { ...INSTANCE, ...OWNER, DBName: 'shop', DBInstanceIdentifier, ...more }
      await client.send(new sdk.CreateDBInstanceCommand(asked))
      await madeAvailable()
    },
    async snapshot(DBSnapshotIdentifier, DBInstanceIdentifier, more) {
      await client.send(new sdk.CreateDBSnapshotCommand({ DBSnapshotIdentifier, DBInstanceIdentifier, ...more }))
    },
    async snapshotStatus(DBSnapshotIdentifier) {
      const { DBSnapshots } = await client.send(new sdk.DescribeDBSnapshotsCommand({ DBSnapshotIdentifier }))
      return DBSnapshots?.[0]?.Status
    },
    async connect(port) {
      const [user, password] = [OWNER.MasterUsername, OWNER.MasterUserPassword]
      const connection = new pg.Client({ host: '127.0.0.1', port, user, password, database: 'shop' })
      await connection.connect()
      connections.push(connection)
      return connection
    },
    async close() {
      await Promise.all(connections.map(connection => connection.end()))
      world.clock.stop()
      await world.close()
      await postgres.stop()
    },
  }
}

/** How many rows the table `orders` has up to `most`, and one text that changes with any of them. */
export async function contentOf(connection: pg.Client, most = 2 ** 31 - 1): Promise<{ rows: number; sum: string }> {
  const { rows } = await connection.query(
    `SELECT count(*)::int AS rows, md5(coalesce(string_agg(orders::text, ',' ORDER BY id), '')) AS sum FROM orders WHERE id <= $1`,
    [most],
  )
  return rows[0]
}
