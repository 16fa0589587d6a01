import { describe, expect, test } from 'vitest'
import type { Migrate } from '../../domain/database.ts'
import {
  backupInWords,
  databaseWay,
  downEnd,
  keptInWords,
  type Migrated,
  notMigratedInWords,
  stateInWords,
} from '../../domain/database-way-back.ts'

const snapshot = { kind: 'rds-instance', source: 'demo-db', id: 'sluice-1' } as const
const migrate: Migrate = {
  ...{ taskDefinition: 'demo-migrations', container: 'migrate', image: 'api', within: 900_000 },
  onRollback: 'keep',
  restoreFrom: 'snapshot',
  down: { command: ['down'], image: 'previous' },
}
/** A migration that went well, with a snapshot before it, on a way back that began by itself. */
const migrated: Migrated = {
  ...{ migrate, end: 'succeeded', backup: snapshot, claim: undefined },
  ...{ isAskedFor: false, chosen: undefined, further: undefined },
}
const saying = (onRollback: 'keep' | 'down' | 'restore' | 'ask', more: Partial<Migrated> = {}): Migrated => ({
  ...{ ...migrated, migrate: { ...migrate, onRollback } },
  ...more,
})
const kept = (because: string, pages = false) => ({ kind: 'keep', because, pages })
const person = { isAskedFor: true }

describe('a database [P6.6a, P6.6c]', () => {
  test.each([
    ['that the stage does not migrate', { ...migrated, migrate: undefined }],
    ['that the release did not come to', saying('restore', { end: undefined })],
    ['whose migration never started', saying('down', { end: 'never-started' })],
    ['that an older way back concerns, too', saying('keep', { end: 'never-started', further: 'of v1' })],
  ])('%s is left, since nothing was done to it', (_, facts) => {
    expect(databaseWay(facts)).toEqual({ kind: 'nothing' })
  })

  test.each([
    ['the file says keep', saying('keep'), 'as the application file says'],
    [
      'half of it is migrated, and the file says keep',
      saying('keep', { end: 'failed' }),
      'as the application file says',
    ],
    [
      'half of it is migrated, which no down command undoes',
      saying('down', { end: 'failed' }),
      'since only a whole migration can be undone',
    ],
    [
      'nobody knows how far it is migrated',
      saying('down', { end: 'unknown' }),
      'since only a whole migration can be undone',
    ],
    ['there is nothing to restore', saying('restore', { backup: undefined }), 'since there is no snapshot to restore'],
    [
      'its backup is no snapshot',
      saying('restore', { backup: { ...snapshot, kind: 'task' } }),
      'since there is no snapshot to restore',
    ],
    ['the stage goes further back', saying('down', { ...person, further: 'it goes to v1' }), 'since it goes to v1'],
    [
      'the stage goes further back, whatever was chosen',
      saying('ask', { ...person, chosen: 'restore', further: 'it goes to v1' }),
      'since it goes to v1',
    ],
    ['its approvers chose that', saying('ask', { ...person, chosen: 'keep' }), 'as its approvers chose'],
    ['its approvers chose differently', saying('ask', person), 'since its approvers agreed on nothing else'],
    [
      'its approvers chose down, and half of it is migrated',
      saying('ask', { ...person, chosen: 'down', end: 'failed' }),
      'since only a whole migration can be undone',
    ],
  ])('is kept where %s', (_, facts, because) => {
    expect(databaseWay(facts)).toEqual(kept(because))
  })

  test.each(['keep', 'down', 'restore'] as const)(
    'is kept on a way back that began by itself, and somebody is called, though its approvers chose %s',
    chosen => {
      expect(databaseWay(saying('ask', { chosen }))).toEqual({
        ...{ kind: 'keep', pages: true },
        because: expect.stringContaining(
          `since this way back began by itself; for one that a person starts, its approvers chose to `,
        ),
      })
    },
  )

  test.each([
    ['the file says so', saying('down')],
    ['its approvers chose so, and a person asked for the way back', saying('ask', { ...person, chosen: 'down' })],
  ])('is undone where %s', (_, facts) => {
    expect(databaseWay(facts)).toEqual({ kind: 'down' })
  })

  test.each([
    ['the file says so', saying('restore')],
    ['half of it is migrated', saying('restore', { end: 'failed' })],
    ['nobody knows how far it is migrated', saying('restore', { end: 'unknown' })],
    ['its approvers chose so, and a person asked for the way back', saying('ask', { ...person, chosen: 'restore' })],
  ])('is restored beside where %s', (_, facts) => {
    expect(databaseWay(facts)).toEqual({ kind: 'restore' })
  })
})

describe('a database whose migration was to be undone before', () => {
  test('is left where that went well, whatever the file says', () => {
    for (const onRollback of ['keep', 'down', 'restore', 'ask'] as const)
      expect(databaseWay(saying(onRollback, { down: 'succeeded' }))).toEqual({ kind: 'undone' })
  })

  test.each(['failed', 'unknown', 'never-started'] as const)('is undone now where that has %s', end => {
    expect(databaseWay(saying('down', { down: end }))).toEqual({ kind: 'down' })
  })

  test.each([
    [['failed', 'succeeded'], 'succeeded'],
    [['failed', 'never-started'], 'failed'],
    [['never-started', 'unknown'], 'unknown'],
    [['never-started'], 'never-started'],
    [[], undefined],
  ] as const)('is as its tasks have left it together: %j', (kinds, end) => {
    expect(downEnd(kinds.map(kind => ({ end: { kind } })))).toBe(end)
  })

  test('may be in any state while a task has not ended', () => {
    expect(downEnd([{}])).toBe('unknown')
  })

  test.each([
    ['succeeded', 'The migration of v3 was undone, and has not been run again'],
    ['failed', 'The migration of v3 may be undone in part, and has not been run again'],
    ['unknown', 'The migration of v3 may be undone in part, and has not been run again'],
    ['never-started', undefined],
    [undefined, undefined],
  ] as const)('is not what a release needs that people go to: %s', (end, words) => {
    expect(notMigratedInWords('v3', end)).toBe(words)
  })
})

describe('people read of a database that is kept', () => {
  test('what it is like, why, and which backup there is', () => {
    expect(keptInWords(migrated, 'as the application file says', '')).toBe(
      'The database has the new schema. It is kept as it is, as the application file says; backup: snapshot sluice-1 of demo-db',
    )
  })

  test.each([
    ['succeeded', 'The database has had its migration undone. It is kept as it is, since'],
    ['failed', 'The database may be between two schemas. It is kept as it is, since'],
    ['never-started', 'The database has the new schema. It is kept as it is, since'],
  ] as const)('what an earlier way back has done to it: %s', (end, words) => {
    expect(keptInWords({ ...migrated, down: end }, 'since the stage goes to v0', '')).toContain(words)
  })

  test('nothing that they have just read', () => {
    const told = `it failed. ${stateInWords('failed')}; ${backupInWords(snapshot)}`
    expect(keptInWords({ ...migrated, end: 'failed' }, 'as the application file says', told)).toBe(
      'The database is kept as it is, as the application file says',
    )
  })

  test('that its image says that the version before does not work with it', () => {
    expect(keptInWords({ ...migrated, claim: 'restore-needed' }, 'as the application file says', '')).toContain(
      '; its image says that going back needs the database restored; backup: snapshot sluice-1 of demo-db',
    )
  })
})

test.each([
  [snapshot, 'backup: snapshot sluice-1 of demo-db'],
  [{ kind: 'task', source: 'demo-dump', id: 's3://dumps/1' } as const, 'backup: s3://dumps/1'],
  [{ ...snapshot, gone: 'snapshot sluice-1 is gone' }, 'there is no backup any more: snapshot sluice-1 is gone'],
  [undefined, 'there is no backup'],
])('a backup is called by what finds it', (backup, words) => {
  expect(backupInWords(backup)).toBe(words)
})
