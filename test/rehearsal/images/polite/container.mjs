import { appendFileSync } from 'node:fs'

export default {
  fetch: (_, env) => Response.json({ database: env.DATABASE_URL }),
  stop: env => appendFileSync(env.NOTE, 'closed\n'),
}
