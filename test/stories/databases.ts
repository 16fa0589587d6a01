import { fileURLToPath } from 'node:url'
import pg from 'pg'
import type { RehearsingOptions } from '../../cli/rehearsing/rehearse.ts'
import { validApplication } from '../../cli/rehearsing/rehearse-arguments.ts'
import type { Rehearsal } from '../../rehearsal/index.ts'

/** What is in a table: how many rows, and a checksum over all of them. */
export interface Content {
  rows: number
  checksum: string
}

/** Table → its content, as the database itself says. */
export function contentOf(rehearsal: Rehearsal, instance: string): Promise<Record<string, Content>> {
  return asked(rehearsal, instance, async client => {
    const { rows: tables } = await client.query(
      "select table_name from information_schema.tables where table_schema = 'public' order by 1",
    )
    const contents: Record<string, Content> = {}
    for (const { table_name: table } of tables) {
      const { rows } = await client.query(
        `select count(*)::int as rows, md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as checksum from ${table} t`,
      )
      contents[table] = rows[0]
    }
    return contents
  })
}

/** The names of a table's columns, in order. */
export function columnsOf(rehearsal: Rehearsal, instance: string, table: string): Promise<string[]> {
  return asked(rehearsal, instance, async client => {
    const { rows } = await client.query(
      'select column_name from information_schema.columns where table_name = $1 order by ordinal_position',
      [table],
    )
    return rows.map(({ column_name }) => column_name)
  })
}

async function asked<T>(
  { rds, clock }: Rehearsal,
  instance: string,
  ask: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const address = { host: '127.0.0.1', port: rds.port(instance) }
  const client = new pg.Client({ ...address, user: 'shop', password: 'a-long-walk-home', database: 'shop' })
  return clock.during('ask the database', async () => {
    await client.connect()
    try {
      return await ask(client)
    } finally {
      await client.end()
    }
  })
}

/** The demo with another database, or another answer to what becomes of it on the way back. */
export function variation(
  name: 'keep' | 'down' | 'restore' | 'cluster' | 'task',
): Pick<RehearsingOptions, 'file' | 'application'> {
  const file = fileURLToPath(new URL(`../apps/demo-${name}.yaml`, import.meta.url))
  return { file, application: validApplication(file) }
}
