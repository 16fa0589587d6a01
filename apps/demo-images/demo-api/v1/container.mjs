// A small bookshop: what is on the shelf, who has come in, and what an operator asks.
import { randomUUID } from 'node:crypto'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import pg from 'pg'

const changes = [
  {
    apply: `
      create table books (id int primary key, title text not null, price numeric(6, 2) not null);
      insert into books values (1, 'The Left Hand of Darkness', 9.50), (2, 'Invisible Cities', 8.00);
      create table visits (id bigint generated always as identity primary key, at timestamptz not null default now())`,
    undo: 'drop table visits; drop table books',
  },
]
/** What it sells where nobody has given it a database. */
const onPaper = [
  { id: 1, title: 'The Left Hand of Darkness', price: 9.5 },
  { id: 2, title: 'Invisible Cities', price: 8 },
]
let database

async function books() {
  return database ? (await database.query('select * from books order by id')).rows : onPaper
}

async function welcome() {
  await database?.query('insert into visits default values')
  return { shop: 'demo', books: (await books()).length }
}

async function health() {
  await database?.query('select 1')
  return new Response('ok')
}

const routes = {
  '/': async () => Response.json(await welcome()),
  '/health': health,
  '/books': async () => Response.json(await books()),
  '/version': () => Response.json({ version: 'v1' }),
}

export default {
  start({ DATABASE_URL }) {
    if (DATABASE_URL) database = new pg.Pool({ connectionString: DATABASE_URL, max: 2 })
  },
  stop: () => database?.end(),
  fetch(request, env) {
    const url = new URL(request.url)
    const answer = routes[url.pathname]
    return answer ? answer(url, env) : Response.json({ error: 'not found' }, { status: 404 })
  },
  /**
   * `migrate` brings the schema to this version, `down` back to it, or to a change by number; how one is undone is kept there. `backup` puts
   * the books where BUCKET says, and prints where.
   */
  async run({ DATABASE_URL, BUCKET }, [command, to = changes.length]) {
    if (!['migrate', 'down', 'backup'].includes(command)) throw new Error(`${command}: there is no such command`)
    const client = new pg.Client(DATABASE_URL)
    await client.connect()
    const inOne = async (sql, note, values) => {
      await client.query('begin')
      await client.query(sql)
      await client.query(note, values)
      await client.query('commit')
    }
    if (command === 'backup') {
      const kept = { Bucket: BUCKET, Key: `books/${randomUUID()}.json` }
      const Body = JSON.stringify((await client.query('select * from books order by id')).rows)
      await new S3Client({}).send(new PutObjectCommand({ ...kept, Body }))
      await client.end()
      console.log(`s3://${kept.Bucket}/${kept.Key}`)
      return 0
    }
    await client.query('create table if not exists changes (number int primary key, undo text not null)')
    const { rows } = await client.query('select number, undo from changes order by number')
    if (command === 'migrate')
      for (const [at, { apply, undo }] of changes.entries()) {
        if (at < rows.length) continue
        await inOne(apply, 'insert into changes values ($1, $2)', [at + 1, undo])
        console.log(`change ${at + 1} applied`)
      }
    if (command === 'down')
      for (const { number, undo } of rows.slice(Number(to)).reverse()) {
        await inOne(undo, 'delete from changes where number = $1', [number])
        console.log(`change ${number} undone`)
      }
    await client.end()
    return 0
  },
}
