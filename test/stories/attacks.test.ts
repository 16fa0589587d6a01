import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { attackRehearsed } from '../../cli/attacks/rehearsed.ts'
import { THREATS, type Threat } from '../../cli/attacks/threats.ts'
import { type Verdict, withstand } from '../../cli/attacks/withstand.ts'
import { validApplication } from '../../cli/rehearsing/rehearse-arguments.ts'

const DEMO = fileURLToPath(new URL('../../apps/demo.yaml', import.meta.url))

test('the pages of a rehearsed release withstand every threat, and count one decision', async () => {
  const told: [string, Verdict][] = []
  const tried = ({ name }: Threat, verdict: Verdict) => void told.push([name, verdict])
  await attackRehearsed({ file: DEMO, application: validApplication(DEMO), tried })
  expect(told).toEqual(THREATS.map(({ name }) => [name, { kind: 'withstood' }]))
})

const GUARDED = {
  'content-security-policy': "default-src 'none'",
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

test.each([
  ['answers what it must refuse', { status: 200 }, 'answered 200, not 403'],
  [
    'lets browsers keep the page',
    { headers: { 'cache-control': 'public' } },
    'header cache-control does not say no-store',
  ],
  [
    'tells of its code',
    { text: 'Error\n    at decide (file:///var/task/index.mjs:1:2)' },
    'the page tells of the code',
  ],
  ['decides', { decides: 1 }, 'the ledger was changed'],
  ['decides twice', { decides: 2, leaves: 'one decision more' }, '2 decisions more in the ledger, not 1'],
  ['decides again', { decides: 1, leaves: 'decisions' }, '1 decisions more in the ledger, not 0'],
] as const)('a page is found out that %s', async (_what, page, because) => {
  const { status = 403, headers = {}, text = '', decides = 0, leaves = 'all' } = { ...NOTHING, ...page }
  const records: unknown[] = [{ decisions: [] }]
  const answer = () => new Response(text, { status, headers: { ...GUARDED, ...headers } })
  const threat: Threat = {
    ...{ name: 'any', answers: [403], leaves },
    async attack() {
      for (let at = 0; at < decides; at++) records.push({ decisions: [{ approver: 'Ana', decision: 'approve' }] })
      return [answer()]
    },
  }
  const target = {
    ...{ url: '', link: '', otherLink: '', records: async () => [...records] },
    send: async () => answer(),
  }
  expect(await withstand(threat, target)).toMatchObject({ kind: 'harmed', because: expect.stringContaining(because) })
})

interface Page {
  status?: number
  headers?: Record<string, string>
  text?: string
  decides?: number
  leaves?: Threat['leaves']
}
const NOTHING: Page = {}
