/**
 * The Node runtime of one Lambda execution environment: loads the handler, then answers one invocation at a time that
 * comes over the process's channel. Payloads travel as JSON text, as they do in Lambda.
 */
import { existsSync } from 'node:fs'
import { enableCompileCache, flushCompileCache } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { formatWithOptions, types } from 'node:util'
import { update } from './preload.mjs'

/** Ends what an invocation printed, on both streams: the host waits for it, since pipes and channel are not in one order. */
const MARK = '\0'
let requestId

for (const [method, level] of [
  ['log', 'INFO'],
  ['info', 'INFO'],
  ['warn', 'WARN'],
  ['error', 'ERROR'],
  ['debug', 'DEBUG'],
  ['trace', 'TRACE'],
]) {
  const stream = level === 'ERROR' || level === 'WARN' || level === 'TRACE' ? process.stderr : process.stdout
  console[method] = (...said) => {
    const text = formatWithOptions({}, ...said).replaceAll('\n', '\r')
    stream.write(`${new Date().toISOString()}\t${requestId}\t${level}\t${text}\n`)
  }
}

function described(error) {
  if (!types.isNativeError(error)) return { errorType: typeof error, errorMessage: String(error), trace: [] }
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') }
}

function answer(message) {
  process.stdout.write(`${MARK}\n`)
  process.stderr.write(`${MARK}\n`)
  process.send(message)
}

/** `last`: this process is not to be used again. */
function fail(error, heading, last) {
  const { trace: stack, ...rest } = described(error)
  console.error(`${heading}\t${JSON.stringify({ ...rest, ...error, stack })}`)
  answer({ failed: JSON.stringify(described(error)), ...(last && { last }) })
}

const named = (name, message) => Object.assign(new Error(message), { name })

async function loadHandler() {
  const [, file, path] = /^(.*?)\.([^/]*)$/.exec(process.env._HANDLER) ?? []
  const base = file && join(process.env.LAMBDA_TASK_ROOT, file)
  const found = base && ['.js', '.mjs', '.cjs'].map(ending => base + ending).find(existsSync)
  if (!found) throw named('Runtime.ImportModuleError', `Error: Cannot find module '${file ?? process.env._HANDLER}'`)
  enableCompileCache()
  const module = await import(pathToFileURL(found).href)
  flushCompileCache()
  const exported = from => path.split('.').reduce((value, key) => value?.[key], from)
  const handler = exported(module) ?? exported(module.default)
  if (handler === undefined)
    throw named('Runtime.HandlerNotFound', `${process.env._HANDLER} is undefined or not exported`)
  if (typeof handler !== 'function') throw named('Runtime.HandlerNotFound', `${process.env._HANDLER} is not a function`)
  if (handler.length >= 3)
    throw named(
      'Runtime.CallbackHandlerDeprecated',
      'Node.js 24 has no handlers with a callback; return a promise instead',
    )
  return handler
}

function context({ id, arn, deadline }) {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    invokedFunctionArn: arn,
    awsRequestId: id,
    getRemainingTimeInMillis: () => Math.max(0, Math.round(deadline - performance.now())),
  }
}

async function invoke(handler, message) {
  requestId = message.id
  update(message.world)
  const deadline = performance.now() + message.limit
  try {
    const result = await handler(JSON.parse(message.payload), context({ ...message, deadline }))
    answer({ payload: JSON.stringify(result) ?? 'null' })
  } catch (error) {
    fail(error, 'Invoke Error')
  }
}

// A channel that closes means that the rehearsal is over, however it ended.
process.on('disconnect', () => process.exit())
process.on('uncaughtException', error => {
  fail(error, 'Uncaught Exception', true)
  process.exit(129)
})
process.on('unhandledRejection', reason => {
  fail(named('Runtime.UnhandledPromiseRejection', String(reason)), 'Unhandled Promise Rejection', true)
  process.exit(128)
})

try {
  const handler = await loadHandler()
  process.on('message', message => invoke(handler, message))
  answer({ ready: true })
} catch (error) {
  // The log line of a failed start has no request: Lambda prints it the same way.
  fail(error, 'Uncaught Exception', true)
  process.disconnect()
}
