/** A process that has a server and never stops it, for the test of what is left when it is gone. */
import { basename, dirname } from 'node:path'
import { createPostgres } from '../../../rehearsal/fleet/postgres.ts'

const server = await createPostgres().create({ user: 'shop', password: 'correct horse' })
const copy = await server.copy()
console.log(JSON.stringify({ pid: server.pid, folder: basename(dirname(copy.folder)) }))
setInterval(() => {}, 60_000)
