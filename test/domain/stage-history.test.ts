import { describe, expect, test } from 'vitest'
import { releaseId } from '../../domain/identity.ts'
import { type HistoryEntry, type ServedBy, wayBack } from '../../domain/stage-history.ts'

/** `v3` → the id of its set; attempts of one tag share it. */
const id = (tag: string) => releaseId.parse(tag.slice(1).padEnd(12, 'c'))
/** What a stage serves with `v3`; `definition` where it is not the version's own. */
function serving(tag: string, definition = tag): ServedBy {
  const digests = { api: `sha256:${tag}` }
  const proof = { api: [`sha256:${tag}`] }
  return {
    'demo-api': {
      ...{ serviceArn: 'arn:service', revisionArn: `arn:revision:${tag}` },
      ...{ taskDefinition: `arn:definition:${definition}`, base: 'arn:definition:base', digests, proof },
    },
  }
}

const who = (tag: string, attempt = 1) => ({ at: 0, release: id(tag), attempt, tag })
const released = (before: string, after: string, attempt = 1): HistoryEntry => ({
  ...{ kind: 'released', ...who(after, attempt), before: serving(before), after: serving(after) },
})
const restored = (before: string, after: string): HistoryEntry => ({
  ...{ kind: 'restored', ...who(after), before: serving(before), after: serving(after) },
})
const takenBack = (tag: string, attempt = 1): HistoryEntry => ({ kind: 'taken-back', ...who(tag, attempt) })
const unproven = (before: string, tag: string): HistoryEntry => ({
  ...{ kind: 'unproven', ...who(tag), before: serving(before) },
})

const ask = (history: HistoryEntry[], to?: string, ...quarantined: string[]) =>
  wayBack(history, { to, isQuarantined: release => quarantined.some(tag => id(tag) === release) })

/** Three releases, one after the other, onto a stage that served v0. */
const THREE = [released('v0', 'v1'), released('v1', 'v2'), released('v2', 'v3')]

describe('a stage goes back [P6.3a, P6.3b]', () => {
  test.each<[string, HistoryEntry[], string, string, string?]>([
    ['to what it served before its last release', THREE, 'v3', 'v2'],
    ['one release further each time', [...THREE, takenBack('v3')], 'v2', 'v1'],
    [
      'to what it served before the first, which no release had brought',
      [...THREE, takenBack('v3'), takenBack('v2')],
      'v1',
      'v0',
    ],
    ['to what it served before a release that nobody could prove', [...THREE, unproven('v3', 'v4')], 'v4', 'v3'],
    [
      'from a release that it was taken back to, to what it served before that release',
      [...THREE, restored('v3', 'v2')],
      ...(['v2', 'v1'] as const),
    ],
    [
      'from a release that was taken back and then restored, to what it served before that release',
      [...THREE, takenBack('v3'), takenBack('v2'), restored('v1', 'v3')],
      ...(['v3', 'v2'] as const),
    ],
    [
      'from a release that came after one was restored, to that one',
      [...THREE, restored('v3', 'v1'), released('v1', 'v4')],
      ...(['v4', 'v1'] as const),
    ],
    ['past what is quarantined', THREE, 'v2', 'v1', 'v2'],
    [
      'past what it serves already',
      [released('v0', 'v1'), released('v1', 'v2'), released('v2', 'v1', 2)],
      'v1',
      'v0',
      'v2',
    ],
    [
      'past a release that changed nothing',
      [released('v0', 'v1'), released('v1', 'v2'), released('v2', 'v2', 2)],
      'v2',
      'v1',
    ],
    [
      'from a release that went on where one had been taken back',
      [...THREE, takenBack('v3'), released('v2', 'v4')],
      'v4',
      'v2',
    ],
  ])('%s', (_, history, of, target, quarantined) => {
    expect(ask(history, undefined, ...(quarantined ? [quarantined] : []))).toMatchObject({
      ...{ kind: 'back', of: { tag: of }, target: serving(target) },
    })
  })

  test('from another definition of the same digests, to the one that it had', () => {
    const changed = { ...released('v2', 'v2', 2), after: serving('v2', 'v2-with-more-memory') } as HistoryEntry
    expect(ask([released('v1', 'v2'), changed])).toMatchObject({
      kind: 'back',
      of: { attempt: 2 },
      target: serving('v2'),
    })
  })

  test.each<[string, HistoryEntry[], string]>([
    ['the tag of the release', THREE, 'v2'],
    ['and to that alone, where no release is known to have brought it', THREE.slice(0, 1), 'what it served before'],
  ])('and people read %s', (_, history, to) => {
    expect(ask(history)).toMatchObject({ to })
  })

  test.each([
    ['tag', 'v1'],
    ['id', id('v1')],
    ['beginning of an id', id('v1').slice(0, 4)],
    ['id and attempt', `${id('v1')}-1`],
  ])('to a release that is named by its %s', (_, to) => {
    expect(ask(THREE, to)).toMatchObject({
      ...{ kind: 'back', to: 'v1', target: serving('v1') },
      of: { tag: 'v3' },
      restores: { of: { tag: 'v1', attempt: 1 } },
    })
  })

  test('to a release by its name, where every release was taken back before', () => {
    const all = [released('v0', 'v1'), released('v1', 'v2'), takenBack('v2'), takenBack('v1')]
    expect(ask(all)).toEqual({
      kind: 'refused',
      because: 'every release of this stage was taken back, so there is nothing to go back to',
    })
    const way = ask(all, 'v2')
    expect(way).toMatchObject({ kind: 'back', takesBack: false, to: 'v2', restores: { of: { tag: 'v2' } } })
    const [first] = all
    expect('restores' in way && way.restores?.before).toEqual(first && 'before' in first ? first.before : undefined)
  })

  test('to the last attempt of a tag that came more than once', () => {
    const twice = [released('v0', 'v1'), released('v1', 'v2'), released('v2', 'v1', 2), released('v1', 'v3')]
    expect(ask(twice, 'v1')).toMatchObject({ restores: { of: { attempt: 2 } } })
    expect(ask(twice, `${id('v1')}-1`)).toMatchObject({ restores: { of: { attempt: 1 } } })
  })
})

describe('a stage stays as it is [P6.3c]', () => {
  test.each<[string, HistoryEntry[], string | undefined, string[], string]>([
    [
      'where no release has changed it',
      [],
      undefined,
      [],
      'no release has changed this stage yet, so there is nothing to go back to',
    ],
    [
      'where all that it served before is quarantined',
      [released('v2', 'v1'), released('v1', 'v2')],
      undefined,
      ['v1'],
      'everything that this stage served before is quarantined; sluice lift frees a release, or name one with --to',
    ],
    [
      'where it never served what is named, and says what it did serve',
      THREE,
      'v9',
      [],
      'v9 was never released at this stage; it knows v1, v2, v3',
    ],
    [
      'where what is named is a release that nobody could prove',
      [released('v0', 'v1'), unproven('v1', 'v2')],
      'v2',
      [],
      'v2 was never released at this stage; it knows v1',
    ],
    [
      'where three letters could be anything',
      THREE,
      id('v1').slice(0, 3),
      [],
      '1cc was never released at this stage; it knows v1, v2, v3',
    ],
    [
      'where what is named is quarantined',
      THREE,
      'v2',
      ['v2'],
      `release ${id('v2')} (v2) is quarantined; sluice lift frees it`,
    ],
  ])('%s', (_, history, to, quarantined, because) => {
    expect(ask(history, to, ...quarantined)).toEqual({ kind: 'refused', because: expect.stringContaining(because) })
  })
})

describe('by its history a stage serves what is named already', () => {
  test.each<[string, HistoryEntry[], string]>([
    ['since its last release', THREE, 'v3'],
    ['since it went back', [...THREE, takenBack('v3')], 'v2'],
    ['since it was restored', [...THREE, restored('v3', 'v1')], 'v1'],
  ])('%s; going there takes nothing back', (_, history, to) => {
    expect(ask(history, to)).toMatchObject({ kind: 'back', isServed: true, takesBack: false, target: serving(to) })
  })

  test('but not with another definition of the same digests', () => {
    const changed = { ...released('v2', 'v2', 2), after: serving('v2', 'v2-with-more-memory') } as HistoryEntry
    expect(ask([released('v1', 'v2'), changed], `${id('v2')}-1`)).toMatchObject({ isServed: false, takesBack: false })
  })
})
