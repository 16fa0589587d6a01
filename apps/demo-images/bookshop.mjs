// What every image of the bookshop is built from: its shelf, its visitors, and a database with the ways to change it.
import { randomUUID } from 'node:crypto'
import pg from 'pg'

/** What it sells where nobody has given it a database. */
export const SHELF = [
  { id: 1, title: 'The Left Hand of Darkness', price: 9.5 },
  { id: 2, title: 'Invisible Cities', price: 8 },
]
export const DISQUIET = { id: 3, title: 'The Book of Disquiet', price: 11 }

/** The changes of its schema, in order. */
export const BOOKS = {
  apply: `
    create table books (id int primary key, title text not null, price numeric(6, 2) not null);
    insert into books values (1, 'The Left Hand of Darkness', 9.50), (2, 'Invisible Cities', 8.00);
    create table visits (id bigint generated always as identity primary key, at timestamptz not null default now())`,
  undo: 'drop table visits; drop table books',
}
export const AUTHORS = {
  apply: `
    alter table books add column author text;
    update books set author = case id when 1 then 'Ursula K. Le Guin' else 'Italo Calvino' end;
    insert into books values (3, 'The Book of Disquiet', 11.00, 'Fernando Pessoa')`,
  undo: 'delete from books where id = 3; alter table books drop column author',
}

/** `routes`: what this version answers, besides or instead of the others; `start` may refuse to. */
export function bookshop({ changes, onPaper = SHELF, routes, start = () => {} }) {
  let database
  const books = async () => (database ? (await database.query('select * from books order by id')).rows : onPaper)
  const answers = {
    '/': async () => {
      await database?.query('insert into visits default values')
      return Response.json({ shop: 'demo', books: (await books()).length })
    },
    '/health': async () => {
      await database?.query('select 1')
      return new Response('ok')
    },
    '/books': async () => Response.json(await books()),
    ...routes(books),
  }
  return {
    start(env) {
      start(env)
      if (env.DATABASE_URL) database = new pg.Pool({ connectionString: env.DATABASE_URL, max: 2 })
    },
    stop: () => database?.end(),
    fetch(request, env) {
      const url = new URL(request.url)
      const answer = answers[url.pathname]
      return answer ? answer(url, env) : Response.json({ error: 'not found' }, { status: 404 })
    },
    async run(env, [command, ...words]) {
      const does = { migrate, down, backup }[command]
      if (!does) throw new Error(`${command}: there is no such command`)
      const client = new pg.Client(env.DATABASE_URL)
      await client.connect()
      await does({ client, changes, env, words })
      await client.end()
      return 0
    },
  }
}

/** Brings the schema to this version. How a change is undone is kept beside it. */
async function migrate({ client, changes }) {
  const known = await changesIn(client)
  for (const [at, { apply, undo, afterwards }] of changes.entries()) {
    if (at < known.length) continue
    await inOne(client, apply, 'insert into changes values ($1, $2)', [at + 1, undo])
    console.log(`change ${at + 1} applied`)
    if (afterwards) await client.query(afterwards)
  }
}

/** Brings the schema back to this version, or to the change of that number. */
async function down({ client, changes, words: [to = changes.length] }) {
  for (const { number, undo } of (await changesIn(client)).slice(Number(to)).reverse()) {
    await inOne(client, undo, 'delete from changes where number = $1', [number])
    console.log(`change ${number} undone`)
  }
}

/** Puts the books into a bucket, and prints where. */
async function backup({ client, env: { BUCKET: Bucket } }) {
  // Servers have no use for it.
  const { PutObjectCommand, S3Client } = await import('@aws-sdk/client-s3')
  const Key = `books/${randomUUID()}.json`
  const Body = JSON.stringify((await client.query('select * from books order by id')).rows)
  await new S3Client({}).send(new PutObjectCommand({ Bucket, Key, Body }))
  console.log(`s3://${Bucket}/${Key}`)
}

async function changesIn(client) {
  await client.query('create table if not exists changes (number int primary key, undo text not null)')
  return (await client.query('select number, undo from changes order by number')).rows
}

async function inOne(client, sql, note, values) {
  await client.query('begin')
  await client.query(sql)
  await client.query(note, values)
  await client.query('commit')
}
