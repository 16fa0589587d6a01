import * as z from 'zod'
import { failTask, succeedTask } from './aws/states.ts'
import {
  entryOf,
  forgetEach,
  forgetElsewhere,
  remember,
  stageResource,
  stillWaits,
  type Waiter,
  waiter,
} from './aws/waits.ts'
import { asTransient, type Failed, failed, StepFailure } from './failure.ts'
import { type Done, logger, releaseKeys, wrapped } from './step.ts'

export type Waiting = { kind: 'waiting'; for: string }
export const waiting = (what: string): Waiting => ({ kind: 'waiting', for: what })

export interface Moment {
  /** Milliseconds now, and when the state was entered: deadlines run from there, over all its repetitions. */
  now: number
  entered: number
  /** ARN of the execution that waits. */
  execution: string
}

/** What the state machine sends: the token of this try, and the step's own input. */
const entrance = z.object({
  token: z.string(),
  entered: z.string(),
  retry: z.int(),
  execution: z.string(),
  input: z.unknown(),
})
const wakening = z.object({ check: waiter })

/**
 * A step that waits for AWS or for people. `begin` starts the work so that a repetition finds it, and names the resources
 * whose events may end the wait; `check` looks, and says whether it is over. The wait is written down between the two, so
 * that no event after the look is lost; a lost event costs at most one heartbeat, after which the state runs `begin` again.
 */
export function waitingStep<I extends { app?: unknown; stage?: unknown }, O>(definition: {
  name: string
  input: z.ZodType<I>
  begin: (input: I, moment: Moment) => Promise<string[]>
  check: (input: I, moment: Moment) => Promise<Done<O> | Failed | Waiting>
}) {
  return wrapped(definition.name, async (event: unknown, context): Promise<void> => {
    const woken = wakening.safeParse(event)
    const { token, entered, retry, execution, input: raw } = woken.success ? woken.data.check : entrance.parse(event)
    const input = definition.input.parse(raw)
    logger.appendKeys(releaseKeys(input))
    const moment = { now: Date.now(), entered: Date.parse(entered), execution }
    const waits: Waiter[] = woken.success ? allOf(woken.data.check) : []

    const begin = async (): Promise<void> => {
      const begun = await definition.begin(input, moment)
      // The stage first: whoever cleans up after this execution looks there, and finds the other places written down.
      const resources = [...stageOf(input), ...begun]
      for (const resource of resources) {
        const entry = entryOf(execution, definition.name, String(input.stage))
        const wait = {
          resource,
          resources,
          entry,
          execution,
          functionArn: context.invokedFunctionArn,
          token,
          entered,
          retry,
          input: raw,
        }
        // What is waited for may be another thing than at the last try.
        if (retry > 0 && waits.length === 0) await forgetElsewhere(wait)
        await remember(wait)
        waits.push(wait)
      }
      // Whoever cleaned up meanwhile found no more than was written by then.
      if (!(await allWait(waits.slice(0, 1)))) await forgetEach(waits)
    }
    const look = async (): Promise<Done<O> | Failed | Waiting> => {
      if (!woken.success) await begin()
      return definition.check(input, moment)
    }

    // Events come twice and late: whoever is woken after the state was left must not act for it any more.
    if (woken.success && !(await allWait(waits))) return logger.info('woken, but nobody waits any more')
    const result = await look().catch(asFailure)
    if (result.kind === 'waiting') return logger.info(`waits: ${result.for}`)
    const completion =
      result.kind === 'done'
        ? await succeedTask(token, result.output)
        : await failTask(token, result.error, result.because)
    logger.info(result.kind === 'done' ? 'done' : result.because, { completion })
    if (completion === 'gone' && result.kind === 'done') await result.ifGone?.()
    await forgetEach(waits)
  })
}

/** A failure that ends the step ends its task; what is transient or a surprise fails the invocation, which is repeated. */
function asFailure(error: unknown): Failed {
  const named = asTransient(error)
  if (!(named instanceof StepFailure) || named.name === 'Transient') throw named
  return failed(named.name, named.message)
}

async function allWait(waits: Waiter[]): Promise<boolean> {
  for (const wait of waits) if (!(await stillWaits(wait))) return false
  return true
}

/** The same wait at each of its resources. */
function allOf(wait: Waiter): Waiter[] {
  return [...new Set([wait.resource, ...wait.resources])].map(resource => ({ ...wait, resource }))
}

/** Whoever waits anywhere at a stage also hears what happens to the stage itself: a rollback that was asked for, above all. */
function stageOf({ app, stage }: { app?: unknown; stage?: unknown }): string[] {
  return typeof app === 'string' && typeof stage === 'string' ? [stageResource(app, stage)] : []
}
