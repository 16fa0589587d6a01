import type { Filter } from '@aws-sdk/client-rds'
import { invalid } from './names.ts'

type Tests<T> = Record<string, (each: T, value: string) => boolean>

/** What meets every filter: one of its values is enough. */
export function filtered<T>(all: T[], filters: Filter[] | undefined, tests: Tests<T>): T[] {
  const wanted = (filters ?? []).map(({ Name = '', Values = [] }) => {
    const test = tests[Name]
    if (!test) throw invalid(`Unrecognized filter name: ${Name}`)
    return (each: T) => Values.some(value => test(each, value))
  })
  return all.filter(each => wanted.every(meets => meets(each)))
}

const MOST = 100

/** A page in the order of the names, so that what comes or goes between two pages neither repeats nor hides others. */
export function paged<T extends { id: string }>(
  all: T[],
  { Marker: after = '', MaxRecords: most = MOST }: { Marker?: string | undefined; MaxRecords?: number | undefined },
): { page: T[]; Marker: string | undefined } {
  if (most < 20 || most > MOST) throw invalid(`Invalid value ${most} for MaxRecords. Must be between 20 and ${MOST}`)
  const from = Buffer.from(after, 'base64url').toString()
  const rest = all.filter(({ id }) => id > from).sort((a, b) => (a.id < b.id ? -1 : 1))
  const page = rest.slice(0, most)
  const last = rest.length > most ? page.at(-1) : undefined
  return { page, Marker: last && Buffer.from(last.id).toString('base64url') }
}
