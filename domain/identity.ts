import * as z from 'zod'
import { name } from './field.ts'

/** A content address; all that is ever deployed. */
export const digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/)
  .brand<'Digest'>()
export type Digest = z.infer<typeof digest>

/** A release is one set of digests: its id is the short hash of that set. */
export const releaseId = z
  .string()
  .regex(/^[0-9a-f]{12}$/)
  .brand<'ReleaseId'>()
export type ReleaseId = z.infer<typeof releaseId>

/** Image name → digest that the tag stood for at the push: an index or a single manifest. */
export const digestSet = z.record(z.string(), digest)
export type DigestSet = z.infer<typeof digestSet>

/** Which run of which release. */
export const attemptOf = z.object({ app: name, release: releaseId, attempt: z.int().min(1) })
export type AttemptOf = z.infer<typeof attemptOf>

/** The right to change a stage: who holds its lock, with the number that only grows. */
export const lease = z.object({ holder: z.string().min(1), fence: z.int().min(1) })
export type Lease = z.infer<typeof lease>

/** Which run of which release, at which stage. */
export const stageOf = attemptOf.extend({ stage: name })
export type StageOf = z.infer<typeof stageOf>

/** What travels between the states of a stage once its lock is held. */
export const heldStage = stageOf.extend({ lease })
export type HeldStage = z.infer<typeof heldStage>

/** What the release machine is started with. Canonical: the same push gives the same bytes, so that StartExecution is idempotent. */
export const releaseInput = attemptOf.extend({ tag: z.string(), digests: digestSet })
export type ReleaseInput = z.infer<typeof releaseInput>

/** JSON with sorted keys: the same value gives the same text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part) =>
    part && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}

/** Name of a release's execution. */
export function executionName({ app, release, attempt }: AttemptOf): string {
  return `${app}-${release}-${attempt}`
}

/**
 * Name of the rollback that takes a stage over from a fence: the release machine's own, or clean-up's. With the longest names
 * and seven digits each for attempt and fence it has the 80 characters that Step Functions allows.
 */
export function rollbackName(of: StageOf, fence: number, by: 'release' | 'clean-up'): string {
  return `${executionName(of)}-${of.stage}-${fence}${by === 'clean-up' ? '-c' : ''}`
}

/** `sha256:3f9c2b…e1` as people compare it. */
export function shortDigest(value: string): string {
  return value.replace(/^(sha256:)?([0-9a-f]{4})[0-9a-f]+([0-9a-f]{2})$/, '$1$2…$3')
}
