import { approvalsOf } from '../../../functions/aws/approvals.ts'
import { everybody, nobody } from '../approvers.ts'
import type { Stagehand } from '../stagehand.ts'
import { changeByHand, lastStage, untilAsked } from './last-stage.ts'
import type { Scenario } from './scenario.ts'

/** How approvers answer, and what becomes of the release. */
export const APPROVALS: Record<string, Scenario> = {
  rejected: {
    shows: 'the first approver says no; production is not touched',
    outcome: 'rejected',
    executions: 1,
    needs: 'approval',
    answering: () => ({ decision: 'reject', comment: 'not before the holiday' }),
    async play(hand) {
      hand.push('v2')
      await hand.untilEnded(1)
      return linksAreDead(hand)
    },
  },
  'approval-expired': {
    shows: 'nobody answers; the question ends by itself',
    outcome: 'expired',
    executions: 1,
    needs: 'approval',
    answering: nobody,
    drive: 'jump',
    usersPerSecond: 0.1,
    async play(hand) {
      hand.push('v2')
      await hand.untilEnded(1)
      return linksAreDead(hand)
    },
  },
  'stopped-at-approval': {
    shows: 'somebody stops the execution while people are asked: the release is over, and its question with it',
    outcome: 'aborted',
    executions: 1,
    needs: 'approval',
    answering: nobody,
    async play(hand) {
      hand.push('v2')
      const { executionArn = '' } = await hand.untilIn('RequestApproval', 20_000)
      await hand.stopExecution(executionArn, 'stopped by hand')
      await hand.untilEnded(1)
      return []
    },
  },
  superseded: {
    shows: 'a newer version comes to the same gate; the older one ends, and nobody can approve it any more',
    outcome: 'superseded',
    executions: 2,
    needs: 'approval',
    answering: nobody,
    async play(hand) {
      hand.push('v2')
      await untilAsked(hand, 1)
      hand.push('v3')
      await hand.until('the end of the older one', async () => (await hand.views()).find(({ end }) => end))
      const dead = await linksAreDead(hand, ([older]) => older)
      await untilAsked(hand, 2)
      for (const link of hand.approvers.links())
        await hand.approvers.answer(link, { decision: 'reject', comment: 'one a day is enough' })
      const [, newer] = await hand.untilEnded(2)
      return [...dead, ...(newer?.end?.outcome === 'rejected' ? [] : [`the newer one ended ${newer?.end?.outcome}`])]
    },
  },
  'approval-void': {
    shows: 'somebody changes production while people decide: what they approve is void, and they are asked again',
    outcome: 'released',
    executions: 1,
    needs: 'approval',
    answering: nobody,
    async play(hand) {
      hand.push('v2')
      await untilAsked(hand, 1)
      await changeByHand(hand)
      for (const link of hand.approvers.links())
        await hand.approvers.answer(link, { decision: 'approve', comment: 'looks good' })
      hand.approvers.answering = everybody
      const [release] = await hand.untilEnded(1)
      if (!release) return ['no release was started']
      const rounds = await hand.world.rehearsal.clock.during('look at the approvals', () =>
        approvalsOf({ ...release, stage: lastStage(hand) }),
      )
      const ends = rounds.map(({ end }) => end?.kind).join(', ')
      return ends === 'void, approved' ? [] : [`the rounds of the approval ended: ${ends}, not void, approved`]
    },
  },
}

/** Tries every link once more: none may decide anything. */
async function linksAreDead(
  hand: Stagehand,
  whose: <T>(releases: T[]) => T | undefined = ([only]) => only,
): Promise<string[]> {
  const { clock } = hand.world.rehearsal
  const release = whose(await hand.views())
  if (!release) return ['no release was started']
  const read = () => clock.during('look at the approvals', () => approvalsOf({ ...release, stage: lastStage(hand) }))
  const before = await read()
  const ids = new Set(before.flatMap(({ approvers }) => approvers.map(({ link }) => link)))
  const links = hand.approvers.links().filter(({ url }) => [...ids].some(id => url.includes(id)))
  for (const link of links) await hand.approvers.answer(link, { decision: 'approve', comment: 'too late' })
  const isSame = JSON.stringify(before) === JSON.stringify(await read())
  return [
    ...(links.length === ids.size ? [] : [`${links.length} of ${ids.size} links were delivered`]),
    ...(isSame ? [] : ['a link of a release that had ended still decided']),
  ]
}
