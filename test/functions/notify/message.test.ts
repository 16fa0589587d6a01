import { describe, expect, test } from 'vitest'
import type { Approval } from '../../../domain/approval.ts'
import { type Outcome, outcome } from '../../../domain/outcome.ts'
import { channelMessage, directMessage, type SlackMessage } from '../../../functions/notify/message.ts'
import type { State } from '../../../functions/notify/standing.ts'
import { faultsOfBlocks } from '../../../rehearsal/receivers/slack/blocks.ts'
import { DIGEST, question, standingAs } from './standings.ts'

const LINK = 'https://pages.example/releases/demo/1?key=k&signature=s'
const LONG = '<&>`x '.repeat(2_000)
const cast = (approver: string, decision: 'approve' | 'reject' = 'approve') =>
  ({ approver, decision, comment: '', how: 'slack', at: 0 }) as const

/** The texts that a reader sees, block by block. */
function texts({ blocks }: SlackMessage): string[] {
  return (blocks as { text?: { text: string }; elements?: { text: { text: string } | string }[] }[]).map(
    ({ text, elements = [] }) =>
      text?.text ??
      elements.map(element => (typeof element.text === 'string' ? element.text : element.text.text)).join(),
  )
}

describe('the message of a release', () => {
  test('says what and where with its state, then what it is, then each stage by its mark', () => {
    const message = channelMessage(standingAs({ kind: 'under-way', stage: 'production' }), LINK)
    expect(message.text).toBe('◐ demo `v2` is being released to production')
    expect(texts(message)).toEqual([
      '*◐ demo `v2` is being released to production*\n`v2` · api `sha256:61b0…b0`',
      '✓ staging   ◐ production',
      '<https://pages.example/releases/demo/1?key=k&amp;signature=s|The release>',
    ])
  })

  test('says which commit its images claim, as text [P7.2a]', () => {
    const message = channelMessage({ ...standingAs({ kind: 'starting' }), commits: ['4f1c9d2', '<!channel>'] }, LINK)
    expect(texts(message)[0]).toContain('`v2` · api `sha256:61b0…b0` · commit `4f1c9d2`, `&lt;!channel&gt;`')
  })

  test('says what its images claim of the way back', () => {
    const claims = [
      { image: 'api', claim: 'safe' as const },
      { image: 'web', claim: 'restore-needed' as const },
    ]
    expect(texts(channelMessage({ ...standingAs({ kind: 'starting' }), claims }, LINK))[0]).toMatch(
      /\nImage api says that the version before works with its schema\. Image web says that going back needs the database restored\.$/,
    )
  })

  test.each<[State, string]>([
    [{ kind: 'starting' }, '◐ demo `v2` is about to be released'],
    [{ kind: 'waiting', stage: 'production' }, '◷ demo `v2` waits for its turn at production'],
    [{ kind: 'asked', stage: 'production', approval: question() }, '◷ demo `v2` waits for a decision on production'],
    [{ kind: 'going-back', stage: 'production' }, '↩ demo `v2` is being taken back from production'],
    ...outcome.options.map((each): [State, string] => [
      { kind: 'ended', outcome: each, reason: 'r', stage: 'production' },
      ENDS[each],
    ]),
  ])('%j', (state, headline) => {
    expect(channelMessage(standingAs(state), LINK).text).toBe(headline)
  })

  test('says why, in the words that were given, where a release did not end well', () => {
    const ended = (reason: string) => ({ kind: 'ended', outcome: 'failed', stage: 'production', reason }) as const
    expect(texts(channelMessage(standingAs(ended('GET <b> answered 500')), LINK))[0]).toMatch(
      /\n`GET &lt;b&gt; answered 500`$/,
    )
    expect(texts(channelMessage(standingAs(ended('')), LINK))[0]).toMatch(/b0`$/)
  })

  test('mentions those who have not decided yet, and says who has', () => {
    const approvers = [
      { name: 'Ana', slack: 'U012AB3CD', link: 'l' },
      { name: 'Bo', slack: 'U012AB3CE', link: 'm' },
      { name: 'Cy', email: 'cy@example.org', link: 'n' },
    ]
    const approval = question({ approvers, required: 2, decisions: [cast('Ana')] })
    const message = channelMessage(standingAs({ kind: 'asked', stage: 'production', approval }), LINK)
    expect(texts(message).slice(2)).toEqual([
      '<@U012AB3CE>, Cy: may it go to production? 2 must approve. Ana approved already.',
      'Decide',
    ])
    expect(message.blocks.at(-1)).toMatchObject({ elements: [{ url: LINK }] })
  })

  test.each<[string, State]>([
    ['ended', { kind: 'ended', outcome: 'rollback-failed', reason: LONG, stage: 'production' }],
    [
      'is decided on',
      {
        kind: 'asked',
        stage: 'production',
        approval: question({
          approvers: Array.from({ length: 10 }, (_, at) => ({ name: 'N'.repeat(39) + at, link: 'l' })),
        }),
      },
    ],
  ])(
    'fits into what Slack takes: 10 stages, 100 images, a tag of 128 characters and 10,000 of reason, when it %s',
    (_what, state) => {
      const digests = Object.fromEntries(
        Array.from({ length: 100 }, (_, at) => [`image-${'x'.repeat(16)}${at}`, DIGEST]),
      )
      const commits = Array.from({ length: 100 }, (_, at) => `${'<'.repeat(90)}${at}`)
      const stages = Array.from({ length: 10 }, (_, at) => ({ name: `${'s'.repeat(23)}${at}`, sign: '·' as const }))
      const message = channelMessage({ ...standingAs(state), tag: 't'.repeat(128), digests, commits, stages }, LINK)
      expect(faultsOfBlocks(message.blocks)).toEqual([])
      expect(message.text.length).toBeLessThan(4_000)
      expect(texts(message)[0]).toMatch(/and \d+ more/)
    },
  )
})

const ENDS: Record<(typeof outcome.options)[number], string> = {
  released: '✓ demo `v2` is released',
  'rolled-back': '↩ demo `v2` was rolled back at production',
  failed: '✗ demo `v2` failed at production',
  rejected: '✗ demo `v2` was rejected at production',
  expired: '◷ demo `v2` was not decided in time at production',
  superseded: '◷ demo `v2` gave way to a newer release at production',
  aborted: '✗ demo `v2` was stopped at production',
  'rollback-failed': '✗ demo `v2` could not be taken back at production: the stage is closed',
}

test.each<[Outcome, string]>([
  ['rolled-back', '↩ demo: the rollback of `v2` is done at production'],
  ['failed', '✗ demo: the rollback of `v2` found nothing to take back at production'],
  ['aborted', '✗ demo: the rollback of `v2` was stopped, and was finished by a clean-up at production'],
  ['rollback-failed', '✗ demo: the rollback of `v2` failed at production: the stage is closed'],
])('the message of a person’s rollback that ended %s says so', (ended, text) => {
  const standing = standingAs({ kind: 'ended', outcome: ended, reason: 'r', stage: 'production' })
  expect(channelMessage({ ...standing, isRollback: true }, LINK).text).toBe(text)
})

describe('a direct message', () => {
  const link = { url: 'https://pages.example/approvals/l?approver=Ana', text: 'The release' }
  const toAna = (change: Partial<Approval> = {}, services?: number) =>
    directMessage(question(change, services), 'Ana', link)

  test('asks, says what changes and has the way to decide', () => {
    expect(texts(toAna())).toEqual([
      '*Release `v2` of demo to production?*\n• service-0: `sha256:30d4…d4` → `sha256:61b0…b0`\n' +
        'Your link works until <!date^1^{date_short_pretty} {time}|1970-01-01 00:00 UTC>.',
      'Decide',
    ])
    expect(toAna().blocks.at(-1)).toMatchObject({ elements: [{ url: link.url }] })
  })

  test('says how the database changes before, what its image claims, and what becomes of it on the way back', () => {
    const asked = question()
    const migration = { base: 'm:1', container: 'm', image: 'api', digest: DIGEST, choices: [], onRollback: 'restore' }
    const more = { ...migration, backup: { kind: 'task', source: 'demo-dump' }, rollback: 'restore-needed' }
    const message = toAna({ question: { ...asked.question, migration: more } as Approval['question'] })
    expect(texts(message)[0]).toContain(
      '\nFirst a backup by task demo-dump is made, then a task of this image migrates the database; the services change once that has ended well. ' +
        'The image says that going back needs the database restored. On the way back a new database is restored beside the running one, until a person switches.\n',
    )
  })

  test.each<[string, Partial<Approval>, string]>([
    ['who has decided, while others are asked', { decisions: [cast('Ana')] }, 'You approved; others are still asked.'],
    [
      'who approved',
      { decisions: [cast('Ana')], end: { kind: 'approved', because: 'approved by Ana', at: 0 } },
      'Approved: `approved by Ana`',
    ],
    [
      'who rejected, and why',
      { end: { kind: 'rejected', because: 'Bo rejected it: <no>', at: 0 } },
      'Rejected: `Bo rejected it: &lt;no&gt;`',
    ],
    [
      'that it is too late',
      { end: { kind: 'expired', because: '0 of 1', at: 0 } },
      'Nobody may decide any more: `0 of 1`',
    ],
    [
      'that it is asked again',
      { end: { kind: 'void', because: 'x', at: 0 } },
      'Asked again, since the stage changed: `x`',
    ],
  ])('says %s, and has no button any more', (_what, change, sentence) => {
    const message = toAna(change)
    expect(message.text).toBe(`Release \`v2\` of demo to production? ${sentence}`)
    expect(texts(message)[0]).toContain(`\n${sentence}`)
    expect(JSON.stringify(message.blocks)).not.toContain('button')
  })

  test('fits into what Slack takes: 100 services and a comment of 10,000 characters', () => {
    const message = toAna({ end: { kind: 'rejected', because: LONG, at: 0 } }, 100)
    expect(faultsOfBlocks(message.blocks)).toEqual([])
    expect(message.text.length).toBeLessThan(4_000)
  })
})
