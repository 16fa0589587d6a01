import * as z from 'zod'
import { type Approval, approval as approvalSchema } from '../../domain/approval.ts'
import { type StageOf, stageOf } from '../../domain/identity.ts'
import { change, get, putNew, query } from './dynamodb.ts'
import { ofRelease } from './ledger.ts'

export type RoundOf = StageOf & { round: number }

const prefix = (stage: string) => `STAGE#${stage}#APPROVAL#`
const key = (of: RoundOf) => ({ pk: ofRelease(of), sk: `${prefix(of.stage)}${String(of.round).padStart(4, '0')}` })

/** Where a personal link leads: a round of a release's question at a stage, and whose answer it takes. */
const linkTarget = stageOf.extend({ round: z.int(), approver: z.string() })
export type LinkTarget = z.infer<typeof linkTarget>

/** Asks: writes the question with the links of all who are asked. The first of a round stands; `isNew`: it is this one. */
export async function recordApproval(asked: Approval): Promise<{ standing: Approval; isNew: boolean }> {
  const isNew = await putNew({ ...key(asked), ...asked, version: 1 })
  const standing = (await readApproval(asked)) ?? asked
  const { app, release, attempt, stage, round } = standing
  for (const { name, link } of standing.approvers)
    await putNew({ ...linkKey(link), app, release, attempt, stage, round, approver: name })
  return { standing, isNew }
}

export async function readApproval(of: RoundOf): Promise<Approval | undefined> {
  const item = await get(key(of))
  return item && approvalSchema.parse(item)
}

/** Every question of the release at this stage, by round. */
export async function approvalsOf(of: StageOf): Promise<Approval[]> {
  return (await query(ofRelease(of), prefix(of.stage))).map(item => approvalSchema.parse(item))
}

/** Changes the approval of a round that was asked; decided anew for as long as somebody else writes in between. */
export function changeApproval<T extends { next?: Approval | undefined }>(
  of: RoundOf,
  decide: (approval: Approval) => T,
): Promise<T> {
  return change(key(of), item => decide(approvalSchema.parse(item)))
}

const linkKey = (id: string) => ({ pk: `LINK#${id}`, sk: 'LINK' })

/** Undefined: no link has this id. */
export async function findLink(id: string): Promise<LinkTarget | undefined> {
  const item = await get(linkKey(id))
  return item && linkTarget.parse(item)
}

/** Whether this link was sent by e-mail. */
export async function isMailed(link: string): Promise<boolean> {
  return (await get({ ...linkKey(link), sk: 'MAILED' })) !== undefined
}

export async function recordMailed(link: string): Promise<void> {
  await putNew({ ...linkKey(link), sk: 'MAILED' })
}
