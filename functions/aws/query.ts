import { parseXML } from '@aws-sdk/xml-builder'
import * as z from 'zod'
import { asTransient } from '../failure.ts'
import { askSigned, ServiceError } from './signed.ts'

/** What is sent: undefined is left out; a list has the name of its items in AWS's model. */
export type Form = { [name: string]: string | boolean | undefined | Form | Form[] | string[] }

/** An XML element's children by their names. */
export type Element = Record<string, unknown>

/** The services that are asked so, each with the version of its calls. */
const VERSIONS = { rds: '2014-10-31', elasticloadbalancing: '2015-12-01' } as const

/** One call by AWS's Query protocol: a form in, the result element of the XML out. Refusals are thrown as `ServiceError`. */
export async function askQuery(service: keyof typeof VERSIONS, action: string, form: Form): Promise<Element> {
  const body = new URLSearchParams([['Action', action], ['Version', VERSIONS[service]], ...entries(form)]).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const { status, body: xml } = await askSigned(service, { method: 'POST', path: '/', headers, body })
  const answer = readable(xml)
  if (status === 200) return elementOf(child(child(answer, `${action}Response`), `${action}Result`))
  const error = child(child(answer, 'ErrorResponse'), 'Error')
  const [code, message] = [child(error, 'Code'), child(error, 'Message')]
  // Some of RDS's codes end with a word that others of the same kind lack.
  throw new ServiceError(String(code ?? 'Unreadable').replace(/Fault$/, ''), String(message ?? xml), status)
}

export const askRds = (action: string, form: Form): Promise<Element> => askQuery('rds', action, form)

/** What RDS refuses for good, in a clause; undefined where another try may help, or where it is not RDS that refuses. */
export function refusalIn(error: unknown): string | undefined {
  if (!(error instanceof ServiceError) || asTransient(error) !== error) return undefined
  return `RDS refuses it (${error.name}: ${error.message.replace(/\.$/, '')})`
}

/** An element that holds a list has a child for each of its items: one that stands alone, or a list, or none and is a text. */
export const listOf = <T extends z.ZodType>(item: string, schema: T) =>
  z
    .union([z.string(), z.record(z.string(), z.unknown())])
    .default('')
    .transform((node): unknown => (typeof node === 'string' ? [] : [node[item] ?? []].flat()))
    .pipe(z.array(schema) as z.ZodType<z.output<T>[]>)

function entries(form: Form, prefix = ''): [string, string][] {
  return Object.entries(form).flatMap(([name, value]): [string, string][] => {
    if (value === undefined) return []
    if (Array.isArray(value)) return value.flatMap((item, n) => entries({ [`${name}.${n + 1}`]: item }, prefix))
    if (typeof value === 'object') return entries(value, `${prefix}${name}.`)
    return [[`${prefix}${name}`, String(value)]]
  })
}

/** An answer that is no XML comes from something in front of the service. */
function readable(xml: string): unknown {
  try {
    return parseXML(xml)
  } catch {
    return undefined
  }
}

const child = (node: unknown, name: string): unknown => elementOf(node)[name]

/** What has no children is read as text. */
const elementOf = (node: unknown): Element => (node && typeof node === 'object' ? (node as Element) : {})
