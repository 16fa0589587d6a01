import type { Postgres, Server } from './postgres.ts'

/** Databases that nobody connects to: RDS tells of them all the same, and nobody waits for a real one. */
export function onPaper(): Postgres {
  const copy = async () => ({ folder: 'nowhere', remove: async () => {} })
  const server: Server = { port: 5432, pid: 0, copy, copyAsOf: copy, stop: async () => {} }
  return { create: async () => server, restore: async () => server, stop: async () => {} }
}
