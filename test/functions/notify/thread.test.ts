import { describe, expect, test } from 'vitest'
import type { Transition } from '../../../events/notification.ts'
import { reply, sentenceOf } from '../../../functions/notify/thread.ts'
import { faultsOfBlocks } from '../../../rehearsal/receivers/slack/blocks.ts'
import { viewAfter } from '../../cli/recorded.ts'

const stage = 'production'
const round = 1
const decided = { kind: 'approval-decided', stage, round, approver: 'Ana' } as const

describe('a transition in one sentence', () => {
  test.each<[Transition, string]>([
    [{ kind: 'release-started' }, 'The release started.'],
    [{ kind: 'approval-requested', stage, round }, 'The approvers of production are asked.'],
    [
      { kind: 'approval-requested', stage, round: 2 },
      'The approvers of production are asked again (round 2): what it runs has changed since.',
    ],
    [{ ...decided, decision: 'approve', comment: '' }, 'Ana approved production.'],
    [{ ...decided, round: 2, decision: 'approve', comment: '' }, 'Ana approved production (round 2).'],
    [{ ...decided, decision: 'reject', comment: 'not *now*' }, 'Ana rejected production: `not *now*`'],
    [
      { kind: 'approval-ended', stage, round, end: { kind: 'superseded', because: 'v3 came', at: 0 } },
      'production: Nothing to decide any more: `v3 came`',
    ],
    [{ kind: 'stage-started', stage }, 'production is being changed.'],
    [
      { kind: 'traffic-shifted', stage, watchFor: 300_000 },
      'All users of production see the new version, and the old one stays warm; it is watched for 5m.',
    ],
    [{ kind: 'stage-released', stage, isLast: true }, 'production serves the new version.'],
    [{ kind: 'rolling-back', stage, reason: '33 % <errors>' }, 'production goes back: `33 % &lt;errors&gt;`'],
    [
      { kind: 'rollback-ended', stage, outcome: 'rollback-failed', reason: 'r' },
      'The rollback of production ended: rollback failed. `r`',
    ],
    [
      { kind: 'database-kept', stage, because: 'nobody chose; backup: snapshot `s`' },
      "production goes back, and somebody has to decide on its database: `nobody chose; backup: snapshot 's'`",
    ],
    [{ kind: 'trouble', stage, because: 'a hook is left' }, 'production: `a hook is left`'],
    [{ kind: 'release-ended', outcome: 'rolled-back', reason: '' }, 'The release ended: rolled back.'],
  ])('%j', (transition, sentence) => {
    expect(sentenceOf(transition)).toBe(sentence)
  })
})

describe('the reply', () => {
  const shown = (transition: Transition, ...events: Parameters<typeof viewAfter>) =>
    JSON.stringify(reply(transition, viewAfter(...events), Date.now()).blocks)

  test('lists what the stage did, and nothing that still runs', () => {
    const text = shown({ kind: 'rolling-back', stage, reason: 'r' }, 37)
    expect(text).toMatch(/✓ lock stage `lease 1` /)
    expect(text).toMatch(/✗ run smoke tests `/)
    expect(text).not.toContain('roll back stage')
  })

  test('tells the way back by its own steps', () => {
    const text = shown({ kind: 'release-ended', stage, outcome: 'rolled-back', reason: 'r' }, 55, 36)
    expect(text).toMatch(/↩ restore previous `1 service deployed back` /)
    expect(text).not.toContain('roll back stage')
  })

  test('to what changes nothing lists no steps', () => {
    expect(shown({ kind: 'stage-started', stage }, 55)).not.toContain('lock stage')
  })

  test('fits into what Slack takes', () => {
    const view = viewAfter(55)
    const [first] = view.stages
    const steps = Array.from({ length: 100 }, () => first?.steps ?? []).flat()
    const long = { ...view, stages: first ? [{ ...first, steps }] : [] }
    const message = reply({ kind: 'rolling-back', stage, reason: '<'.repeat(10_000) }, long, Date.now())
    expect(faultsOfBlocks(message.blocks)).toEqual([])
    expect(JSON.stringify(message.blocks)).toMatch(/and \d+ more/)
  })
})
