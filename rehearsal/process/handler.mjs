/** What both kinds of execution environment share: how a handler is found and called, and what Lambda says of it. */
import { formatWithOptions, types } from 'node:util'
import { update } from './preload.mjs'

let requestId

/** Lambda's own lines in place of the console's; `write` gets them with their stream. */
export function printBy(write) {
  for (const [method, level] of [
    ['log', 'INFO'],
    ['info', 'INFO'],
    ['warn', 'WARN'],
    ['error', 'ERROR'],
    ['debug', 'DEBUG'],
    ['trace', 'TRACE'],
  ]) {
    const stream = level === 'ERROR' || level === 'WARN' || level === 'TRACE' ? 'stderr' : 'stdout'
    console[method] = (...said) => {
      const text = formatWithOptions({}, ...said).replaceAll('\n', '\r')
      write(stream, `${new Date().toISOString()}\t${requestId}\t${level}\t${text}\n`)
    }
  }
}

export const named = (name, message) => Object.assign(new Error(message), { name })

export function described(error) {
  if (!types.isNativeError(error)) return { errorType: typeof error, errorMessage: String(error), trace: [] }
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') }
}

/** How it failed, for the caller; the log has it, too. */
export function failure(error, heading) {
  const { trace: stack, ...rest } = described(error)
  console.error(`${heading}\t${JSON.stringify({ ...rest, ...error, stack })}`)
  return { failed: JSON.stringify(described(error)) }
}

/** What nobody caught ends whatever the handler runs in, once `tell` has said so. */
export function dieUncaught(tell) {
  process.on('uncaughtException', error => {
    tell(failure(error, 'Uncaught Exception'))
    process.exit(129)
  })
  process.on('unhandledRejection', reason => {
    tell(failure(named('Runtime.UnhandledPromiseRejection', String(reason)), 'Unhandled Promise Rejection'))
    process.exit(128)
  })
}

/** The handler that `_HANDLER` names in a module. */
export function handlerOf(module, name) {
  const [, , path = ''] = /^(.*?)\.([^/]*)$/.exec(name) ?? []
  const exported = from => path.split('.').reduce((value, key) => value?.[key], from)
  const handler = exported(module) ?? exported(module.default)
  if (handler === undefined) throw named('Runtime.HandlerNotFound', `${name} is undefined or not exported`)
  if (typeof handler !== 'function') throw named('Runtime.HandlerNotFound', `${name} is not a function`)
  if (handler.length >= 3)
    throw named(
      'Runtime.CallbackHandlerDeprecated',
      'Node.js 24 has no handlers with a callback; return a promise instead',
    )
  return handler
}

/** Calls it with `payload`, JSON text; resolves with JSON text, or with how it failed. */
export async function answerOf(handler, { id, arn, payload, limit, world }) {
  requestId = id
  update(world)
  const deadline = performance.now() + limit
  try {
    const result = await handler(JSON.parse(payload), context(id, arn, deadline))
    return { payload: JSON.stringify(result) ?? 'null' }
  } catch (error) {
    return failure(error, 'Invoke Error')
  }
}

function context(id, arn, deadline) {
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
