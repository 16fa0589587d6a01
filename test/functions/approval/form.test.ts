import { describe, expect, test } from 'vitest'
import type { DatabaseChoice } from '../../../domain/database.ts'
import { COMMENT_LIMIT, readForm } from '../../../functions/approval/form.ts'

const read = (body: string, type = 'application/x-www-form-urlencoded', choices: DatabaseChoice[] = []) =>
  readForm(new Request('https://pages.example', { method: 'POST', headers: { 'content-type': type }, body }), choices)

describe('what a form says', () => {
  test.each([
    ['decision=approve', { decision: 'approve', comment: '' }],
    ['decision=reject&comment=not+on+a+Friday%0D%0A%C3%A9', { decision: 'reject', comment: 'not on a Friday\né' }],
    ['comment=a%3Db%26c&decision=approve', { decision: 'approve', comment: 'a=b&c' }],
    ['comment=a=b&decision=approve', { decision: 'approve', comment: 'a=b' }],
    [`decision=approve&comment=${'%0D%0A'.repeat(9)}x`, { decision: 'approve', comment: 'x' }],
    [`decision=approve&comment=${'😀'.repeat(COMMENT_LIMIT / 2)}`, { decision: 'approve' }],
  ])('what a browser sends is understood (%#)', async (body, said) => {
    expect(await read(body)).toMatchObject({ kind: 'posted', ...said })
  })

  test.each(['application/x-www-form-urlencoded;charset=UTF-8', 'Application/X-WWW-Form-Urlencoded; charset="utf-8"'])(
    'its type may be written %s',
    async type => {
      expect(await read('decision=approve', type)).toMatchObject({ kind: 'posted' })
    },
  )

  test.each([
    ['a decision that is none', 'decision=maybe', 400, 'decision must be'],
    ['no decision', 'comment=fine', 400, 'decision must be'],
    ['two decisions', 'decision=approve&decision=approve', 400, 'says something twice'],
    ['a field that nobody asked for', 'decision=approve&app=other', 400, 'a field too many'],
    ['bytes that are no text', 'decision=approve&comment=%FF', 400, 'not UTF-8'],
    ['half an escape', 'decision=approve&comment=%', 400, 'not UTF-8'],
    ['a control character', 'decision=approve&comment=%00', 400, 'no control characters'],
    [
      'a comment too long',
      `decision=approve&comment=${'x'.repeat(COMMENT_LIMIT + 1)}`,
      400,
      'at most 1,000 characters',
    ],
    ['a body too long', `decision=approve&comment=${'x'.repeat(16_384)}`, 413, 'at most 16 KB'],
  ])('%s is refused', async (_what, body, status, because) => {
    expect(await read(body)).toMatchObject({ kind: 'refused', status, because: expect.stringContaining(because) })
  })

  test('a body that is said to be too long is not read', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '99999' }
    const request = new Request('https://pages.example', { method: 'POST', headers, body: 'decision=approve' })
    expect(await readForm(request)).toMatchObject({ kind: 'refused', status: 413 })
    expect(request.bodyUsed).toBe(false)
  })
})

describe('what a form says of the database', () => {
  const choosing = (body: string) => read(body, undefined, ['keep', 'down'])

  test.each([
    ['what was chosen', 'decision=approve&database=down', { decision: 'approve', database: 'down' }],
    ['what the page presets, where it says nothing', 'decision=approve', { decision: 'approve', database: 'keep' }],
  ])('is %s', async (_, body, said) => {
    expect(await choosing(body)).toEqual({ kind: 'posted', comment: '', ...said })
  })

  test('means nothing of who rejects', async () => {
    expect(await choosing('decision=reject&database=down')).toEqual({ kind: 'posted', comment: '', decision: 'reject' })
  })

  test.each([
    ['cannot be done there', choosing, 'restore', 'database must be "keep" or "down"'],
    ['is nothing', choosing, '', 'database must be "keep" or "down"'],
    ['nobody asked for', read, 'keep', 'the form has a field too many'],
  ])('is refused where it %s', async (_, reading, choice, because) => {
    expect(await reading(`decision=approve&database=${choice}`)).toEqual({ kind: 'refused', status: 400, because })
  })
})
