import { describe, expect, test } from 'vitest'
import { rollbackRequest } from '../../domain/rollback-request.ts'

const ASKED = { app: 'demo', stage: 'production', reason: 'customers cannot pay' }
const HANDED_OVER = {
  ...{ app: 'demo', stage: 'production', release: '3f9c0a7f6d6a', attempt: 1 },
  ...{ lease: { holder: 'arn:release', fence: 4 }, cause: 'failed', reason: '', releaseExecution: 'arn:release' },
}
const NEXT = '. Write {"app": …, "stage": …, "reason": …}'

describe('a person asks for a rollback', () => {
  test.each([
    ['with a reason', {}],
    ['to a release or a tag', { to: 'v1' }],
    ['from a state machine of their own', { AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: 'arn:another' }],
  ])('%s', (_, more) => {
    expect(rollbackRequest({ ...ASKED, ...more })).toEqual({ kind: 'personal', request: { ...ASKED, ...more } })
  })

  test('and what stands around the reason is not part of it', () => {
    expect(rollbackRequest({ ...ASKED, reason: '  errors\n' })).toMatchObject({ request: { reason: 'errors' } })
  })

  test.each<[string, unknown, string]>([
    ['no application', { ...ASKED, app: undefined }, 'app: nothing: is missing; write a text'],
    [
      'an application that no file can have',
      { ...ASKED, app: 'Demo' },
      'app: "Demo": must be 1 to 24 of a-z, 0-9 and "-", and begin with a letter',
    ],
    [
      'a stage that no file can have',
      { ...ASKED, stage: 'prod_1' },
      'stage: "prod_1": must be 1 to 24 of a-z, 0-9 and "-", and begin with a letter',
    ],
    ['a stage that is no text', { ...ASKED, stage: 3 }, 'stage: 3: must be a text'],
    ['no reason', { ...ASKED, reason: undefined }, 'reason: nothing: is missing; write a text'],
    ['an empty reason', { ...ASKED, reason: ' ' }, 'reason: " ": is empty; say in a sentence why'],
    [
      'a reason that nobody reads to its end',
      { ...ASKED, reason: 'x'.repeat(501) },
      `reason: "${'x'.repeat(76)}…: is longer than 500 characters; shorten it`,
    ],
    ['nothing to go back to', { ...ASKED, to: '' }, 'to: "": must be at least 1 characters long'],
    [
      'an endless tag',
      { ...ASKED, to: 'x'.repeat(129) },
      `to: "${'x'.repeat(76)}…: must be at most 128 characters long`,
    ],
    [
      'a field that it does not know',
      { ...ASKED, force: true },
      'force: true: is not a field here; correct its name or take it out',
    ],
    [
      'half of what is handed over',
      { ...ASKED, release: '3f9c0a7f6d6a', attempt: 1 },
      'release: "3f9c0a7f6d6a": is not a field here; correct its name or take it out; ' +
        'attempt: 1: is not a field here; correct its name or take it out',
    ],
    [
      'several mistakes',
      { app: 'demo' },
      'stage: nothing: is missing; write a text; reason: nothing: is missing; write a text',
    ],
    ['a text', 'production', 'the document: "production": must be a mapping of fields'],
    ['nothing at all', null, 'the document: null: must be a mapping of fields'],
  ])('with %s, and is told what to mend [P6.1b]', (_, input, because) => {
    expect(rollbackRequest(input)).toEqual({ kind: 'refused', because: `${because}${NEXT}` })
  })
})

describe('what a machine hands over', () => {
  test.each(['failed', 'aborted'])('is a stage with its lease, because the release %s', cause => {
    expect(rollbackRequest({ ...HANDED_OVER, cause })).toEqual({
      kind: 'handed-over',
      request: { ...HANDED_OVER, cause },
    })
  })

  test('may say which execution started it', () => {
    const linked = { ...HANDED_OVER, AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: 'arn:release' }
    expect(rollbackRequest(linked)).toEqual({ kind: 'handed-over', request: HANDED_OVER })
  })

  test('is refused without a lease', () => {
    expect(rollbackRequest({ ...HANDED_OVER, lease: undefined })).toMatchObject({ kind: 'refused' })
  })
})
