import { parseXML } from '@aws-sdk/xml-builder'
import { asTransient } from '../step.ts'
import { askSigned, ServiceError } from './signed.ts'

/** What is sent: undefined is left out; a list has the name of its items in AWS's model. */
export type Form = { [name: string]: string | boolean | undefined | Form | Form[] | string[] }

/** An XML element's children by their names. */
export type Element = Record<string, unknown>

const VERSION = '2014-10-31'

/** One call of RDS by AWS's Query protocol: a form in, the result element of the XML out. Refusals are thrown as `ServiceError`. */
export async function askRds(action: string, form: Form): Promise<Element> {
  const body = new URLSearchParams([['Action', action], ['Version', VERSION], ...entries(form)]).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const { status, body: xml } = await askSigned('rds', { method: 'POST', path: '/', headers, body })
  const answer = readable(xml)
  if (status === 200) return elementOf(child(child(answer, `${action}Response`), `${action}Result`))
  const error = child(child(answer, 'ErrorResponse'), 'Error')
  const [code, message] = [child(error, 'Code'), child(error, 'Message')]
  // Some of RDS's codes end with a word that others of the same kind lack.
  throw new ServiceError(String(code ?? 'Unreadable').replace(/Fault$/, ''), String(message ?? xml), status)
}

/** What RDS refuses for good, in a clause; undefined where another try may help, or where it is not RDS that refuses. */
export function refusalIn(error: unknown): string | undefined {
  if (!(error instanceof ServiceError) || asTransient(error) !== error) return undefined
  return `RDS refuses it (${error.name}: ${error.message.replace(/\.$/, '')})`
}

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
