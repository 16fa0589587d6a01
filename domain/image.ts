import * as z from 'zod'
import { digest } from './identity.ts'

export const rollbackClaim = z.enum(['safe', 'restore-needed'])
export type RollbackClaim = z.infer<typeof rollbackClaim>

/** What a planned image may be seen as once it runs: the index that was pushed, or one of its platforms. */
export const plannedImage = z.object({
  name: z.string(),
  repository: z.string(),
  /** `<registry>/<repository>`, without tag or digest. */
  uri: z.string(),
  digest,
  platforms: z.array(digest),
  /** The commit that the image says it was built from: a claim, nothing that anybody has checked. */
  revision: z.string().optional(),
  /** What its label `sluice.rollback` claims of the way back from it: the image before works with its schema, or does not. */
  rollback: rollbackClaim.optional(),
})
export type PlannedImage = z.infer<typeof plannedImage>

/** ECS records either the digest it was given or that of the platform it pulled: both prove the same content. */
export function isImage(planned: PlannedImage, seen: string | undefined): boolean {
  return seen !== undefined && (seen === planned.digest || planned.platforms.some(platform => platform === seen))
}

/** `<registry>/<repository>@sha256:…`: what a task definition gets. */
export function pinned(planned: PlannedImage): string {
  return `${planned.uri}@${planned.digest}`
}
