import { describe, expect, test } from 'vitest'
import {
  type Approval,
  chosenDatabase,
  type Decision,
  overtaken,
  question,
  type Voted,
  vote,
} from '../../domain/approval.ts'
import { releaseId } from '../../domain/identity.ts'

const OF = { app: 'demo', release: releaseId.parse('3f9c0a7f6d6a'), attempt: 1, stage: 'production' }
const EXPIRES = 10_000

/** Ana, Bo and Cy are asked, two of whom must approve, and nobody has said anything. */
function asked(change: Partial<Approval> = {}): Approval {
  return {
    ...{ ...OF, round: 1, question: { ...OF, tag: 'v2', services: [] }, hash: 'h', required: 2 },
    approvers: ['Ana', 'Bo', 'Cy'].map(name => ({ name, link: name })),
    ...{ askedAt: 0, expiresAt: EXPIRES, decisions: [] },
    ...change,
  }
}

function says(approver: string, decision: Decision['decision'] = 'approve', more: Partial<Decision> = {}): Decision {
  return { approver, decision, comment: '', how: 'email', at: 1_000, ...more }
}

/** The question once they have all been counted, in this order. */
const counted = (approval: Approval, ...cast: Decision[]) =>
  cast.reduce((standing, decision) => {
    const voted = vote(standing, decision)
    if (voted.kind !== 'counted') throw new Error(`${decision.approver}: ${voted.kind}`)
    return voted.next
  }, approval)

describe('a decision', () => {
  test('is kept with who made it, how, when and why', () => {
    const cast = says('Ana', 'approve', { comment: 'looks good', how: 'command', by: 'arn:ana', at: 7 })
    expect(counted(asked(), cast)).toEqual(asked({ decisions: [cast] }))
  })

  test('that makes enough approvals settles the question in the same write', () => {
    const settled = counted(asked(), says('Cy'), says('Ana', 'approve', { at: 2_000 }))
    expect(settled.end).toEqual({ kind: 'approved', because: 'approved by Cy and Ana', at: 2_000 })
    expect(settled.decisions).toHaveLength(2)
  })

  test.each([
    ['without a word', '', 'Bo rejected it'],
    ['with a reason', 'not on a Friday', 'Bo rejected it: not on a Friday'],
  ])('to reject, %s, settles it whatever others said', (_, comment, because) => {
    expect(counted(asked(), says('Ana'), says('Bo', 'reject', { comment, at: 2_000 })).end).toEqual({
      kind: 'rejected',
      because,
      at: 2_000,
    })
  })

  const over = { kind: 'superseded', because: 'release v3 came first', at: 500 } as const
  const once = counted(asked(), says('Ana'))
  const settled = counted(once, says('Bo'))
  test.each<[string, Approval, Decision, Voted]>([
    ['of somebody who was not asked', asked(), says('Eve'), { kind: 'no-approver' }],
    ['of the same approver again', once, says('Ana'), { kind: 'already-decided', decision: says('Ana') }],
    ['of one who thinks again', once, says('Ana', 'reject'), { kind: 'already-decided', decision: says('Ana') }],
    ['repeated after the end', settled, says('Bo'), { kind: 'already-decided', decision: says('Bo') }],
    ['after the end', asked({ end: over }), says('Ana'), { kind: 'ended', end: over }],
    ['at the very millisecond of expiry', asked(), says('Ana', 'approve', { at: EXPIRES }), { kind: 'expired' }],
  ])('%s does not count', (_, approval, cast, voted) => {
    expect(vote(approval, cast)).toEqual(voted)
  })

  test('in the last millisecond counts', () => {
    expect(vote(asked(), says('Ana', 'approve', { at: EXPIRES - 1 })).kind).toBe('counted')
  })
})

describe('what becomes of the database', () => {
  const wants = (approver: string, database?: NonNullable<Decision['database']>) =>
    says(approver, 'approve', database && { database })
  test.each<[string, Decision[], ReturnType<typeof chosenDatabase>]>([
    ['is what the one who approved chose', [wants('Ana', 'restore')], 'restore'],
    ['is what all who approved chose', [wants('Ana', 'down'), wants('Bo', 'down')], 'down'],
    ['is nobody’s choice where they differ', [wants('Ana', 'down'), wants('Bo', 'keep')], undefined],
    ['is nobody’s choice where one of them chose nothing', [wants('Ana', 'down'), wants('Bo')], undefined],
    ['is not chosen by who rejects', [wants('Ana', 'down'), says('Bo', 'reject', { database: 'keep' })], 'down'],
    ['is nobody’s choice where nobody was asked', [wants('Ana')], undefined],
    ['is nobody’s choice where nobody approved', [], undefined],
  ])('%s', (_, decisions, choice) => {
    expect(chosenDatabase(asked({ decisions }))).toBe(choice)
  })
})

test('a question of before there were migrations is still read', () => {
  const { question: before } = asked()
  expect(question.parse(JSON.parse(JSON.stringify(before)))).toEqual(before)
})

describe('a question', () => {
  const supersededBy = 'release bbbbbbbbbbbb came first at production'
  const changed = 'production has changed since the question was asked'
  const approved = counted(asked(), says('Ana'), says('Bo'))
  test.each<[string, Approval, Parameters<typeof overtaken>[1], ReturnType<typeof overtaken>]>([
    ['is open in its last millisecond', asked(), { now: EXPIRES - 1 }, undefined],
    [
      'expires at the very millisecond, and says how many were missing',
      counted(asked(), says('Ana')),
      { now: EXPIRES },
      { kind: 'expired', because: '1 of 2 had approved when the time to decide was over', at: EXPIRES },
    ],
    [
      'is superseded by a newer release',
      asked(),
      { now: 5, supersededBy },
      { kind: 'superseded', because: supersededBy, at: 5 },
    ],
    ['is void once the stage has changed', asked(), { now: 5, changed }, { kind: 'void', because: changed, at: 5 }],
    [
      'is superseded rather than void or expired: nobody has to be asked again',
      asked(),
      { now: EXPIRES, supersededBy, changed },
      { kind: 'superseded', because: supersededBy, at: EXPIRES },
    ],
    [
      'is void rather than expired: people were asked what is no longer true',
      asked(),
      { now: EXPIRES, changed },
      { kind: 'void', because: changed, at: EXPIRES },
    ],
    [
      'keeps the end that it has, whatever happens later',
      approved,
      { now: EXPIRES, supersededBy, changed },
      approved.end,
    ],
  ])('%s', (_, approval, meanwhile, end) => {
    expect(overtaken(approval, meanwhile)).toEqual(end)
  })
})
