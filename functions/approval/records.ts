import * as z from 'zod'
import type { Approval } from '../../domain/approval.ts'
import { type AttemptOf, attemptOf } from '../../domain/identity.ts'
import { approvalsOf, findLink, readApproval } from '../aws/approvals.ts'
import { readRelease } from '../aws/ledger.ts'
import { environment } from '../environment.ts'
import { readReleaseView } from '../view/release-view.ts'
import { isPersonal, isReleaseLink, type PersonalLink } from './links.ts'
import type { Told } from './release-page.ts'

const signature = { key: z.string(), signature: z.string() }

const personalQuery = z.object({
  id: z.string().regex(/^[\w-]{22}$/),
  approver: z.string().max(80),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  // One way to write a moment: a signature stands for one address.
  expires: z
    .string()
    .regex(/^[1-9]\d{0,15}$/)
    .transform(Number),
  ...signature,
})

const releaseQuery = z.object({ app: z.string(), releaseAttempt: z.string(), ...signature })

/** An approval, and which of its approvers a personal link speaks for. */
export interface Invitation {
  approval: Approval
  approver: string
}

/**
 * Whom a personal link speaks for. Undefined, and nothing looked up, unless the signature holds over all that the link says;
 * undefined too where the record behind it says anything else.
 */
export async function readInvitation(said: Record<string, string>): Promise<Invitation | undefined> {
  const parsed = personalQuery.safeParse(said)
  if (!parsed.success) return undefined
  const { id, approver, hash, expires } = parsed.data
  const link: PersonalLink = { id, approver, hash, expiresAt: expires }
  if (!(await isPersonal(link, parsed.data))) return undefined
  const target = await findLink(id)
  if (target?.approver !== approver) return undefined
  const approval = await readApproval(target)
  if (approval?.hash !== hash || approval.expiresAt !== expires) return undefined
  return { approval, approver }
}

/** The release that a link shows; undefined unless its signature holds. */
export async function readShown(said: Record<string, string>): Promise<AttemptOf | undefined> {
  const parsed = releaseQuery.safeParse(said)
  if (!parsed.success) return undefined
  const { app, releaseAttempt } = parsed.data
  const [, release, attempt] = /^([0-9a-f]{12})-([1-9]\d{0,6})$/.exec(releaseAttempt) ?? []
  const of = attemptOf.safeParse({ app, release, attempt: Number(attempt) })
  return of.success && (await isReleaseLink(of.data, parsed.data)) ? of.data : undefined
}

/** How the release goes, and every question that it asked. */
export async function readTold(of: AttemptOf): Promise<Told> {
  const entry = await readRelease(of)
  if (!entry) throw new Error(`release ${of.release} attempt ${of.attempt} of ${of.app} is not in the ledger`)
  const view = await readReleaseView(entry, {
    releaseMachine: environment('RELEASE_MACHINE'),
    rollbackMachine: environment('ROLLBACK_MACHINE'),
  })
  const approvals: Approval[] = []
  for (const { name: stage } of view.stages) {
    const { app, release, attempt } = of
    approvals.push(...(await approvalsOf({ app, release, attempt, stage })))
  }
  return { view, approvals }
}
