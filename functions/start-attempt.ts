import { executionName, type ReleaseInput } from '../domain/identity.ts'
import { type ReleaseEntry, recordStarted, registerRelease } from './aws/ledger.ts'
import { startExecution } from './aws/states.ts'
import { environment } from './environment.ts'

/** What a push led to, for one application, or a person's request. */
export type Started =
  | { app: string; kind: 'started'; release: string; attempt: number; executionArn: string }
  | { app: string; kind: 'already-released'; because: string }
  | { app: string; kind: 'incomplete'; missing: string[] }
  /** More pushes of the tag are waited for, until then (ms). */
  | { app: string; kind: 'settling'; until: number; because: string }
  | { app: string; kind: 'refused'; because: string }

/**
 * After it: the attempt is registered, and its execution has been started, once. Where it was registered before, that record
 * counts: it is what the execution is started with.
 */
export async function startAttempt(wanted: Omit<ReleaseEntry, 'started'>): Promise<Started> {
  const { app, release, attempt, tag, digests } = await registerRelease(wanted)
  const input: ReleaseInput = { app, release, attempt, tag, digests }
  const { kind, at, executionArn } = await startExecution(environment('RELEASE_MACHINE'), executionName(input), input)
  await recordStarted(input, { at, executionArn })
  if (kind === 'already-handled') return { app, kind: 'already-released', because: 'its execution has run before' }
  return { app, kind, release, attempt, executionArn }
}
