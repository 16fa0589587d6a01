import { setTimeout as wait } from 'node:timers/promises'
import * as z from 'zod'
import { askSigned, ServiceError } from './signed.ts'

const found = z.object({ Parameter: z.object({ Value: z.string() }) })
const refusal = z.object({ __type: z.string(), message: z.string().optional(), Message: z.string().optional() })

/**
 * After it: the parameter has this value, as text. One that has it already is left alone: each write makes a version, of which
 * SSM keeps a hundred. Throws `ServiceError` when SSM refuses.
 */
export async function writeParameter(name: string, value: string): Promise<void> {
  if ((await readParameter(name)) === value) return
  await ask('PutParameter', { Name: name, Value: value, Type: 'String', Overwrite: true })
}

/** Whether there is a parameter of this name or ARN, in this region. Its value is not made readable. */
export async function hasParameter(name: string): Promise<boolean> {
  return (await readParameter(name)) !== undefined
}

/** Undefined: there is no such parameter. */
async function readParameter(name: string): Promise<string | undefined> {
  try {
    return found.parse(JSON.parse(await ask('GetParameter', { Name: name }))).Parameter.Value
  } catch (error) {
    if (error instanceof ServiceError && error.name === 'ParameterNotFound') return undefined
    throw error
  }
}

/** SSM promises three writes a second, and a stage may have ten services. */
const TRIES = 4
const PAUSE_MS = 400
const BUSY = ['ThrottlingException', 'TooManyUpdates']

async function ask(operation: string, input: object): Promise<string> {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `AmazonSSM.${operation}` }
  for (let tried = 1; ; tried++) {
    const { status, body } = await askSigned('ssm', { method: 'POST', path: '/', headers, body: JSON.stringify(input) })
    if (status === 200) return body
    const refused = refusedWith(body, status)
    if (!BUSY.includes(refused.name) || tried === TRIES) throw refused
    await wait(PAUSE_MS * tried)
  }
}

/** An answer that is no JSON comes from something in front of SSM. */
function refusedWith(body: string, status: number): ServiceError {
  try {
    const { __type: type, message, Message } = refusal.parse(JSON.parse(body))
    return new ServiceError(type.slice(type.indexOf('#') + 1), message ?? Message ?? '', status)
  } catch {
    return new ServiceError('Unreadable', body, status)
  }
}
