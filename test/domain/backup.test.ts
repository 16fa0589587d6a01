import { describe, expect, test } from 'vitest'
import {
  besideName,
  besidePattern,
  isAddressable,
  isLost,
  judgeSnapshot,
  lastAddress,
  noRoom,
  ourTags,
  type Snapshot,
  snapshotName,
  toPrune,
} from '../../domain/backup.ts'
import { releaseId, type StageOf } from '../../domain/identity.ts'

const release = releaseId.parse('3f9c0a7f6d6a')
const of = (app: string, stage: string, attempt = 1): StageOf => ({ app, stage, release, attempt })
const LONG = 'abcdefghijklmnopqrstuvwx'

/** What RDS takes as the name of an instance, a cluster or a snapshot of either. */
const ACCEPTED = /^(?=.{1,63}$)[a-z](-?[a-z0-9])*$/

describe('the name of a snapshot', () => {
  test('says whose it is where that can be said', () => {
    expect(snapshotName(of('demo', 'production'))).toBe('sluice-demo-production-3f9c0a7f6d6a-1')
    expect(snapshotName(of('demo', 'production', 12))).toBe('sluice-demo-production-3f9c0a7f6d6a-12')
  })

  const stages = [
    ...[of('demo', 'staging'), of('demo', 'staging', 2), of('demo', 'staging', 1_234_567)],
    ...[
      of('a-b', 'c'),
      of('a', 'b-c'),
      of('a--b', 'c'),
      of('a-b', 'c-'),
      of('a-b-', 'c'),
      of('a', 'b'),
      of('a', 'b--'),
    ],
    ...[
      of(LONG, LONG),
      of(LONG, `${LONG.slice(0, -1)}y`),
      of(LONG, LONG, 1_234_567),
      of(`${LONG.slice(0, -1)}-`, LONG),
    ],
  ]
  test.each(stages)('of $app at $stage, attempt $attempt, is one that RDS takes', stage => {
    const name = snapshotName(stage)
    expect(name).toMatch(ACCEPTED)
    expect(name).toMatch(/^sluice-/)
    expect(name).toMatch(new RegExp(`-3f9c0a7f6d6a-${stage.attempt}$`))
    expect(snapshotName({ ...stage })).toBe(name)
  })

  test('is never that of another stage or attempt', () => {
    expect(new Set(stages.map(snapshotName)).size).toBe(stages.length)
  })
})

describe('the name of a database restored beside another', () => {
  test.each([
    ['demo-production', 'demo-production-3f9c0a7f6d6a-1'],
    ['Demo', 'demo-3f9c0a7f6d6a-1'],
  ])('%s is %s', (id, name) => {
    expect(besideName(id, of('demo', 'production'))).toBe(name)
  })

  const ids = [
    'a',
    'x'.repeat(40),
    'x'.repeat(41),
    `${'x'.repeat(31)}-${'y'.repeat(31)}`,
    'x'.repeat(62),
    'x'.repeat(63),
  ]
  test.each(ids)('%s leaves room for an instance of it, and is what IAM allows', id => {
    for (const attempt of [1, 1_234_567]) {
      const name = besideName(id, of('demo', 'production', attempt))
      expect(`${name}-1`).toMatch(ACCEPTED)
      expect(name).not.toBe(id)
      expect(name.startsWith(besidePattern(id).replace('*', ''))).toBe(true)
    }
  })

  test('is another for each of two that begin alike', () => {
    const names = ids.map(id => besideName(id, of('demo', 'production')))
    expect(new Set(names).size).toBe(ids.length)
  })
})

const tags = ourTags(of('demo', 'production'))
const snapshot = (over: Partial<Snapshot> = {}): Snapshot => ({
  ...{ id: 'sluice-demo-production-3f9c0a7f6d6a-1', source: 'demo-db', status: 'available', progress: 100 },
  ...{ createdAt: 1_000, tags, ...over },
})

describe('a snapshot of our name', () => {
  test('carries which release made it, of which stage', () => {
    expect(tags).toEqual({
      'sluice:app': 'demo',
      'sluice:stage': 'production',
      'sluice:release': 'demo-3f9c0a7f6d6a-1',
    })
  })

  test.each([
    ['available', 'there'],
    ['creating', 'making'],
    ['pending', 'making'],
    ['copying', 'making'],
    ['a status that RDS has thought of since', 'making'],
    ['failed', 'failed'],
    ['deleting', 'failed'],
    ['incompatible-restore', 'failed'],
  ])('that is %s is %s', (status, kind) => {
    expect(judgeSnapshot(snapshot({ status }), { source: 'Demo-DB', tags }).kind).toBe(kind)
  })

  test('that failed says which, of what, and what to do', () => {
    expect(judgeSnapshot(snapshot({ status: 'failed' }), { source: 'demo-db', tags })).toEqual({
      kind: 'failed',
      because:
        'snapshot sluice-demo-production-3f9c0a7f6d6a-1 of demo-db is failed; look at the events of demo-db in RDS, and mend what they name',
    })
  })

  test.each([
    ['another database', snapshot({ source: 'other' })],
    ['somebody else', snapshot({ tags: {} })],
    ['another release', snapshot({ tags: { ...tags, 'sluice:release': 'demo-000000000000-1' } })],
    ['another stage', snapshot({ tags: { ...tags, 'sluice:stage': 'staging' } })],
  ])('of %s is not ours, however good it is', (_, found) => {
    expect(judgeSnapshot(found, { source: 'demo-db', tags })).toMatchObject({
      kind: 'foreign',
      because: expect.stringContaining('delete it'),
    })
  })
})

test('an account that has no room for a snapshot says so with its numbers', () => {
  expect(noRoom({ used: 99, max: 100 }, 'manual snapshots')).toBeUndefined()
  expect(noRoom({ used: 100, max: 100 }, 'manual snapshots')).toMatch(
    /^100 of the 100 manual snapshots .* delete some .* or have the quota raised$/,
  )
  expect(noRoom({ used: 101, max: 100 }, 'manual snapshots')).toBeDefined()
})

describe('of a stage’s snapshots', () => {
  const made = (...statuses: string[]) =>
    statuses.map((status, n) => snapshot({ id: `s${n + 1}`, createdAt: (n + 1) * 1_000, status }))
  const good = (count: number) => made(...Array.from({ length: count }, () => 'available'))

  test.each([
    ['no more than are kept', good(3), 3, []],
    ['more than are kept', good(5), 3, ['s1', 's2']],
    ['one that is kept', good(3), 1, ['s1', 's2']],
    ['none that is kept', good(2), 0, ['s1']],
    ['none at all', [], 3, []],
    ['none that is good', made('failed', 'creating', 'failed'), 1, []],
    ['a newer one that failed', made('available', 'available', 'failed'), 1, ['s1']],
    ['older ones that failed', made('failed', 'available', 'failed', 'available'), 5, ['s1', 's3']],
    ['one that is still being made', made('creating', 'available', 'available'), 1, ['s2']],
    ['one that is going already', made('deleting', 'available'), 1, []],
    ['one that is incompatible', made('incompatible-parameters', 'available'), 1, ['s1']],
  ])('with %s, those go that have had their day', (_, snapshots, keep, gone) => {
    expect(toPrune(snapshots, keep)).toEqual(gone)
    expect(toPrune(snapshots.toReversed(), keep)).toEqual(gone)
  })

  test('one that RDS has not dated stays', () => {
    expect(toPrune([snapshot({ id: 'undated', createdAt: undefined }), ...good(2)], 1)).toEqual(['s1'])
  })
})

test.each([
  ['available', false],
  ['creating', false],
  ['inaccessible-encryption-credentials', true],
  ['incompatible-network', true],
  ['restore-error', true],
])('a database that is %s is lost: %s', (status, lost) => {
  expect(isLost(status)).toBe(lost)
})

describe('where a task said that its backup is', () => {
  test.each([
    [['begin', 's3://backups/one.dump', 'done'], 'one.dump'],
    [['s3://backups/one.dump', 's3://backups/a folder/two.dump'], 'a folder/two.dump'],
    [['s3://backups/one.dump', 's3://elsewhere/two.dump'], 'one.dump'],
    [['  s3://backups/one.dump\n'], 'one.dump'],
    [['wrote s3://backups/one.dump'], undefined],
    [['s3://backups/'], undefined],
    [['s3://backups-old/one.dump'], undefined],
    [[], undefined],
  ])('%j names %s', (lines, key) => {
    expect(lastAddress(lines, 'backups')?.key).toBe(key)
  })
})

describe('the key of an object', () => {
  test.each([
    'demo.dump',
    'a/b/demo.dump',
    '/demo.dump',
    'a//b',
    'a/',
    '..a/b..',
    '%2e%2e/x',
    'a?b#c d',
    'né',
    'x'.repeat(1_024),
  ])('%s can be asked for', key => {
    expect(isAddressable(key)).toBe(true)
  })

  test.each([
    '..',
    '.',
    '../payroll/demo.dump',
    'a/../../payroll',
    'a/./b',
    'a/..',
    '\ud800',
    'x'.repeat(1_025),
    'é'.repeat(513),
  ])('%s cannot', key => {
    expect(isAddressable(key)).toBe(false)
  })
})
