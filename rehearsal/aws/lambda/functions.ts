import { createHash } from 'node:crypto'
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { ACCOUNT, AwsError, arn, REGION } from '../service.ts'
import { pattern, range } from '../wire/constraints.ts'
import { notRehearsed } from '../wire/endpoint.ts'

export interface AccessKey {
  accessKeyId: string
  secretAccessKey: string
}

export interface FunctionSettings {
  name: string
  /** The folder with the code. It is copied, as an upload is: what happens to it later changes nothing. */
  code: string
  handler: string
  runtime: string
  roleArn: string
  accessKey: AccessKey
  /** Seconds; 3 if absent. */
  timeout?: number
  /** MB; 128 if absent. */
  memorySize?: number
  environment?: Record<string, string>
  logGroup?: string
  /** The queue that gets what failed at every asynchronous try; none if absent. */
  deadLetterArn?: string
}

/** One version of a function, `$LATEST` or published: nothing in it changes. */
export interface Version
  extends Required<Omit<FunctionSettings, 'deadLetterArn'>>,
    Pick<FunctionSettings, 'deadLetterArn'> {
  version: string
  codeSha: string
}

/** A version as a caller named it. */
export interface Target {
  version: Version
  /** With the qualifier that the caller gave, if any. */
  arn: string
}

export const functionArn = (name: string, qualifier?: string) =>
  arn('lambda', `function:${name}${qualifier ? `:${qualifier}` : ''}`)

/** The functions that exist; `store` is the folder that keeps their code. */
export function createFunctions(store: string) {
  const latest = new Map<string, Version>()
  const published = new Map<string, Version[]>()
  /** How often each was published: a version's number is never used again. */
  const numbers = new Map<string, number>()

  function upload(code: string): { code: string; codeSha: string } {
    const codeSha = contentHash(code)
    const kept = join(store, codeSha)
    // Named by its content: what is there is the same.
    if (!existsSync(kept)) cpSync(code, kept, { recursive: true })
    return { code: kept, codeSha }
  }

  function existing(name: string): Version {
    const version = latest.get(name)
    if (!version) throw notFound(functionArn(name))
    return version
  }

  const completed = (settings: FunctionSettings): Version => {
    const defaults = { timeout: 3, memorySize: 128, environment: {}, logGroup: `/aws/lambda/${settings.name}` }
    return { ...defaults, ...settings, ...upload(settings.code), version: '$LATEST' }
  }

  /** `reference` is a name, a partial ARN or an ARN, with or without qualifier. */
  function find(reference: string, qualifier?: string): Target {
    const named = parse(reference)
    if (qualifier && named.qualifier && qualifier !== named.qualifier)
      throw invalid('The derived qualifier from the function name does not match the specified qualifier.')
    const asked = named.qualifier ?? qualifier
    const wanted = functionArn(named.name, asked)
    const version =
      asked === undefined || asked === '$LATEST'
        ? latest.get(named.name)
        : published.get(named.name)?.find(one => one.version === asked)
    if (!version) throw notFound(wanted)
    return { version, arn: wanted }
  }

  /** The last version, where nothing has changed since. */
  function unchanged(name: string): Version | undefined {
    const last = published.get(name)?.at(-1)
    return last && isDeepStrictEqual({ ...last, version: '' }, { ...existing(name), version: '' }) ? last : undefined
  }

  return {
    unchanged,

    create(settings: FunctionSettings): { functionArn: string } {
      validate(settings)
      if (latest.has(settings.name))
        throw new AwsError('ResourceConflictException', `Function already exist: ${settings.name}`, 409)
      latest.set(settings.name, completed(settings))
      return { functionArn: functionArn(settings.name) }
    },

    /** New code and settings for `$LATEST`, in place of all that it had; published versions keep theirs. */
    update(settings: FunctionSettings): void {
      existing(settings.name)
      validate(settings)
      latest.set(settings.name, completed(settings))
    },

    /** The ARN of the new version, or of the last one when nothing has changed since. */
    publish(reference: string): string {
      const { name } = parse(reference)
      const current = existing(name)
      const same = unchanged(name)
      if (same) return functionArn(name, same.version)
      const before = published.get(name) ?? []
      const number = (numbers.get(name) ?? 0) + 1
      numbers.set(name, number)
      published.set(name, [...before, { ...current, version: String(number) }])
      return functionArn(name, String(number))
    },

    delete(name: string): void {
      latest.delete(name)
      published.delete(name)
    },

    /** `$LATEST` and every version, the oldest first. */
    versionsOf(reference: string): Version[] {
      const { name } = parse(reference)
      return [existing(name), ...(published.get(name) ?? [])]
    },

    /** Nobody can call it any more; who is in the middle of it goes on. */
    deleteVersion(reference: string, qualifier?: string): void {
      const { name, version } = find(reference, qualifier).version
      if (version === '$LATEST') throw invalid('$LATEST version cannot be deleted without deleting the function.')
      published.set(
        name,
        (published.get(name) ?? []).filter(one => one.version !== version),
      )
    },

    find,
  }
}

export type Functions = ReturnType<typeof createFunctions>

const NAME = /[a-zA-Z0-9-_]{1,64}/
const REFERENCE =
  /(?:arn:aws:lambda:)?([a-z]{2}-[a-z]+-\d:)?(\d{12}:)?(?:function:)?([a-zA-Z0-9-_]{1,64})(?::(\$LATEST|[a-zA-Z0-9-_]+))?/

function parse(reference: string): { name: string; qualifier?: string } {
  pattern('functionName', reference, REFERENCE)
  const found = new RegExp(`^(?:${REFERENCE.source})$`).exec(reference)
  const [, region = `${REGION}:`, account = `${ACCOUNT}:`, name = '', qualifier] = found ?? []
  if (region !== `${REGION}:` || account !== `${ACCOUNT}:`) throw notFound(reference)
  return { name, ...(qualifier && { qualifier }) }
}

const RESERVED =
  /^(_HANDLER|_X_AMZN_TRACE_ID|LAMBDA_(TASK_ROOT|RUNTIME_DIR)|AWS_((DEFAULT_)?REGION|EXECUTION_ENV|ACCESS_KEY(_ID)?|SECRET_ACCESS_KEY|SESSION_TOKEN|LAMBDA_(FUNCTION_(NAME|VERSION|MEMORY_SIZE)|INITIALIZATION_TYPE|LOG_(GROUP|STREAM)_NAME|RUNTIME_API)))$/
const ENVIRONMENT_LIMIT = 4096

function validate(settings: FunctionSettings): void {
  const { name, runtime, timeout = 3, memorySize = 128, environment = {} } = settings
  pattern('functionName', name, NAME)
  range('timeout', timeout, 1, 900)
  range('memorySize', memorySize, 128, 10_240)
  if (runtime !== 'nodejs24.x') throw notRehearsed(`runtime ${runtime} of ${name}`)
  const reserved = Object.keys(environment).filter(key => RESERVED.test(key))
  if (reserved.length > 0)
    throw invalid(`The environment variables of ${name} contain reserved keys: ${reserved.join(', ')}`)
  if (Buffer.byteLength(JSON.stringify(environment)) > ENVIRONMENT_LIMIT)
    throw invalid(`The environment variables of ${name} exceed the ${ENVIRONMENT_LIMIT} bytes limit`)
}

export const invalid = (message: string) =>
  new AwsError('InvalidParameterValueException', message, 400, { Type: 'User' })

const notFound = (wanted: string) =>
  new AwsError('ResourceNotFoundException', `Function not found: ${wanted}`, 404, { Type: 'User' })

function contentHash(folder: string): string {
  const hash = createHash('sha256')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  for (const path of files.map(entry => join(entry.parentPath, entry.name)).sort())
    hash.update(path.slice(folder.length)).update('\0').update(readFileSync(path)).update('\0')
  return hash.digest('hex')
}
