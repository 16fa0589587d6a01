import { describe, expect, test } from 'vitest'
import type { Approval, ApprovalEnd, Decision } from '../../../domain/approval.ts'
import { releaseId } from '../../../domain/identity.ts'
import { outcome } from '../../../domain/outcome.ts'
import { headline, listed, standingOf, whatApproveDoes } from '../../../functions/approval/standing.ts'
import type { ReleaseView } from '../../../functions/view/release-view.ts'

const of = { app: 'demo', release: releaseId.parse('3f9c0a7f6d6a'), attempt: 1, stage: 'production' }

function approval(names: string[], more: Partial<Approval> = {}): Approval {
  return {
    ...{ ...of, round: 1, question: { ...of, tag: 'v2', services: [] }, hash: '', required: 1 },
    approvers: names.map(name => ({ name, link: name })),
    ...{ askedAt: 0, expiresAt: 1_000, decisions: [], ...more },
  }
}

const said = (approver: string, decision: Decision['decision'] = 'approve'): Decision => ({
  ...{ approver, decision, comment: '', how: 'email', at: 5 },
})
const end = (kind: ApprovalEnd['kind']): ApprovalEnd => ({ kind, because: 'it is so', at: 9 })

describe('who opens a personal link', () => {
  test.each([
    ['may decide while the question is open', approval(['Ana']), { kind: 'asked' }],
    ['waits for the others', approval(['Ana', 'Bo'], { decisions: [said('Ana')] }), { kind: 'waiting' }],
    ['may decide after another has', approval(['Ana', 'Bo'], { decisions: [said('Bo')] }), { kind: 'asked' }],
    ['finds it over', approval(['Ana'], { end: end('void') }), { kind: 'over', end: end('void') }],
  ])('%s', (_what, found, standing) => {
    expect(standingOf(found, 'Ana', 10)).toMatchObject(standing)
  })

  test('finds it expired the moment that it is', () => {
    expect(standingOf(approval(['Ana']), 'Ana', 999)).toEqual({ kind: 'asked' })
    expect(standingOf(approval(['Ana']), 'Ana', 1_000)).toMatchObject({ kind: 'over', end: { kind: 'expired' } })
  })
})

describe('what Approve does', () => {
  test.each([
    [approval(['Ana']), 'Approve lets production deploy these digests; nothing else has to be done.'],
    [approval(['Ana', 'Bo'], { required: 2 }), 'Once Bo has approved too, production deploys these digests by itself.'],
    [approval(['Ana', 'Bo', 'Cy'], { required: 3 }), 'Once Bo and Cy have approved too, production deploys'],
    [approval(['Ana', 'Bo', 'Cy'], { required: 2 }), 'Once 1 of Bo and Cy has approved too, production deploys'],
    [approval(['Ana', 'Bo'], { required: 2, decisions: [said('Bo')] }), 'Approve lets production deploy'],
  ])('is said before it is pressed (%#)', (asked, words) => {
    expect(whatApproveDoes(asked, 'Ana')).toContain(words)
  })
})

describe('the first sentence of a release', () => {
  const view = (more: Partial<ReleaseView> = {}): ReleaseView => ({
    ...{ ...of, tag: 'v2', digests: {}, outside: [], stages: [] },
    ...more,
  })

  test.each([
    [view(), [], 'v2 of demo is on its way'],
    [view(), [approval(['Ana'])], 'v2 of demo waits for approval of production'],
    [view(), [approval(['Ana'], { end: end('approved') })], 'v2 of demo is on its way'],
    [view(), [approval(['Ana'], { end: end('void') })], 'v2 of demo is on its way'],
    [view(), [approval(['Ana'], { end: end('rejected') })], 'v2 of demo was rejected'],
    [view(), [approval(['Ana'], { expiresAt: 5 })], 'v2 of demo was not approved in time'],
  ])('says what is true while it has no end (%#)', (seen, approvals, words) => {
    expect(headline(seen, approvals, 10)).toBe(words)
  })

  test.each(outcome.options)('tells %s apart from every other end, and where it was', ended => {
    const said = headline(view({ end: { outcome: ended, reason: '', at: 1, stage: 'production' } }), [], 10)
    expect(said).toMatch(/^v2 of demo .+ at production$/)
    const others = outcome.options.filter(other => other !== ended)
    for (const other of others)
      expect(headline(view({ end: { outcome: other, reason: '', at: 1, stage: 'production' } }), [], 10)).not.toBe(said)
  })
})

test.each([
  [['Ana'], 'Ana'],
  [['Ana', 'Bo'], 'Ana and Bo'],
  [['Ana', 'Bo', 'Cy'], 'Ana, Bo and Cy'],
])('%j are listed as %s', (names, words) => {
  expect(listed(names)).toBe(words)
})
