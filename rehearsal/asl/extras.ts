import { createHash, randomUUID } from 'node:crypto'
import jsonata from 'jsonata'

const ALGORITHMS: Record<string, string> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
}
const LONGEST_RANGE = 1000

function integer(value: unknown, what: string): number {
  if (typeof value !== 'number') throw new Error(`${what} must be a number.`)
  return Math.round(value)
}

function text(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new Error(`${what} must be a string.`)
  return value
}

/** Marks an array as JSONata's own sequences are marked: with one element it stands for that element, as recorded on AWS. */
function sequence(values: number[]): number[] {
  return Object.defineProperty(values, 'sequence', { value: true })
}

function range(first: unknown, last: unknown, step: unknown): number[] | undefined {
  if (first === undefined || last === undefined || step === undefined) return undefined
  const [from, to, by] = [integer(first, 'The start'), integer(last, 'The end'), integer(step, 'The step')]
  if (by === 0) throw new Error('The step of $range must not be 0.')
  const count = Math.max(0, Math.floor((to - from) / by) + 1)
  if (count > LONGEST_RANGE) throw new Error(`$range is limited to ${LONGEST_RANGE} items.`)
  return sequence(Array.from({ length: count }, (_, at) => from + at * by))
}

function partition(values: unknown, size: unknown): unknown[][] | undefined {
  if (values === undefined || size === undefined) return undefined
  if (!Array.isArray(values)) throw new Error('$partition takes an array.')
  const chunk = integer(size, 'The chunk size')
  if (chunk < 1) throw new Error('The chunk size of $partition must be positive.')
  const plain: unknown[] = Array.from(values)
  return Array.from({ length: Math.ceil(plain.length / chunk) }, (_, at) => plain.slice(at * chunk, (at + 1) * chunk))
}

function hash(content: unknown, algorithm: unknown): string | undefined {
  if (content === undefined) return undefined
  const name = ALGORITHMS[text(algorithm, 'The algorithm')]
  if (!name) throw new Error(`$hash does not know the algorithm '${algorithm}'.`)
  const bytes = typeof content === 'string' ? content : JSON.stringify(content)
  return createHash(name).update(bytes).digest('hex')
}

/** The same number for the same seed, as AWS promises; which number, it does not say. */
function random(seed?: unknown): number {
  if (seed === undefined) return Math.random()
  const bytes = createHash('sha256')
    .update(String(integer(seed, 'The seed')))
    .digest()
  return bytes.readUInt32BE(0) / 2 ** 32
}

function parse(json: unknown): unknown {
  return json === undefined ? undefined : JSON.parse(text(json, 'The argument of $parse'))
}

function formatted(now: number, picture?: string, zone?: string): string | Promise<string> {
  if (picture === undefined) return new Date(now).toISOString()
  return jsonata('$fromMillis($now, $picture, $zone)').evaluate(undefined, { now, picture, zone })
}

/** The functions that Step Functions adds to JSONata, and its clock; `$eval` is the one it takes away. */
export function stepFunctionsExtras(now: number): Record<string, unknown> {
  return {
    partition,
    range,
    hash,
    random,
    uuid: () => randomUUID(),
    parse,
    millis: () => now,
    now: (picture?: string, zone?: string) => formatted(now, picture, zone),
    eval: undefined,
  }
}
