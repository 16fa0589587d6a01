import { type Decision, type Voted, vote } from '../../domain/approval.ts'
import { announce } from '../announce.ts'
import { changeApproval, type RoundOf } from './approvals.ts'

/**
 * Counts an approver's decision on the question of this round, once; whoever waits for it looks at once. The wait finds it
 * at its next heartbeat where the announcement is lost.
 */
export async function decide(of: RoundOf, cast: Decision): Promise<Voted> {
  const voted = await changeApproval(of, approval => {
    const voted = vote(approval, cast)
    return { voted, next: voted.kind === 'counted' ? voted.next : undefined }
  })
  if (voted.voted.kind === 'counted') await announce('Decision Made', { app: of.app, stage: of.stage })
  return voted.voted
}
