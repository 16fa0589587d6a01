import type { HeldStage } from '../../domain/identity.ts'
import { freed, leaseState, voided } from '../../domain/lock.ts'
import { announce } from '../announce.ts'
import { questionNow } from '../approval/question.ts'
import { changeApproval, readApproval } from '../aws/approvals.ts'
import { changeLock } from '../aws/lock.ts'
import { failed } from '../failure.ts'
import { done } from '../step.ts'

/** `round`: in which the stage was approved; 0 where nobody is asked. */
export type Round = HeldStage & { round: number }

/** Whether what was approved in this round is what would happen now. */
export async function isStillApproved(of: Round): Promise<boolean> {
  const approval = await readApproval(of)
  return approval?.end?.kind === 'approved' && (await questionNow(of)).hash === approval.hash
}

/** The stage changed after it was approved: the round rises and the lease is given up in one write, and people are asked again. */
export async function giveUp({ round, ...held }: Round) {
  const { app, stage, lease } = held
  const { next } = await changeLock(app, stage, lock => ({
    next: leaseState(lock, lease) === 'lost' ? undefined : freed(voided(lock, lease.holder, round)),
  }))
  if (!next) return failed('LeaseLost', `${stage} of ${app} belongs to somebody else; nothing was changed`)
  return sayVoid({ ...held, round })
}

/** What follows once the round has risen; a repetition does what an interruption left undone. */
export async function sayVoid(of: Round) {
  const { app, stage } = of
  const because = `${stage} has changed since it was approved`
  await changeApproval(of, approval => ({
    next: approval.end?.kind === 'void' ? undefined : { ...approval, end: { kind: 'void', because, at: Date.now() } },
  }))
  await announce('Lock Freed', { app, stage })
  return done({ kind: 'void', services: 0 })
}
