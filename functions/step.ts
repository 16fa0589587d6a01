import { Logger } from '@aws-lambda-powertools/logger'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import type * as z from 'zod'
import { asTransient, type Failed, StepFailure } from './failure.ts'
import { invoked } from './invocation.ts'

export interface Done<O> {
  kind: 'done'
  output: O
  /** What to give back if nobody took the output: the state had been left when it was handed over. */
  ifGone?: () => Promise<void>
}
export const done = <O>(output: O, ifGone?: () => Promise<void>): Done<O> => ({
  kind: 'done',
  output,
  ...(ifGone && { ifGone }),
})

export const logger = new Logger({ serviceName: 'sluice' })

/** What every function of ours is wrapped in: log keys, and errors under the names that the state machines retry. */
export function wrapped<E, R>(name: string, handle: (event: E, context: Context) => Promise<R>) {
  return middy<E, R>()
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .before(() => {
      logger.appendKeys({ step: name })
    })
    .onError(request => {
      request.error = asTransient(request.error)
    })
    .handler((event, context) => invoked(() => handle(event, context)))
}

/**
 * A step that ends when its function does. `run` returns what is known to be true, or why it is not; a failure becomes an
 * error of that name, which the state machine catches.
 */
export function step<I, O>(definition: {
  name: string
  input: z.ZodType<I>
  run: (input: I) => Promise<Done<O> | Failed>
}) {
  return wrapped(definition.name, async (event: unknown): Promise<O> => {
    const input = definition.input.parse(event)
    logger.appendKeys(releaseKeys(input))
    const result = await definition.run(input)
    if (result.kind === 'failed') {
      logger.warn(result.because, { failure: result.error })
      throw new StepFailure(result.error, result.because)
    }
    logger.info('done', { output: result.output })
    return result.output
  })
}

/** The keys by which one release is followed through the logs. */
export function releaseKeys(input: unknown): Record<string, string | number> {
  const keys = input as Record<string, unknown>
  return Object.fromEntries(
    ['app', 'release', 'attempt', 'stage'].flatMap(key => {
      const value = keys[key]
      return typeof value === 'string' || typeof value === 'number' ? [[key, value]] : []
    }),
  )
}
