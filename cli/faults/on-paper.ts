import type { RehearsalOptions } from '../../rehearsal/index.ts'

type Postgres = NonNullable<RehearsalOptions['postgres']>
type Server = Awaited<ReturnType<Postgres['create']>>

const COPY = { folder: '', remove: async () => {} }
const SERVER: Server = {
  port: 5432,
  pid: 0,
  copy: async () => COPY,
  copyAsOf: async () => COPY,
  stop: async () => {},
}

/** Databases that nobody reads: RDS tells of them what it would tell, and there is nothing in them. */
export const onPaper = (): Postgres => ({
  create: async () => SERVER,
  restore: async () => SERVER,
  stop: async () => {},
})
