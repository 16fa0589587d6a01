import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { allowed, unexpectedIn } from '../../../cli/faults/allowed.ts'
import { ALL_EVENTS, readFault, STEPS } from '../../../cli/faults/catalogue.ts'
import { allCells, cellName } from '../../../cli/faults/cells.ts'
import type { Evidence } from '../../../cli/faults/evidence.ts'
import type { JourneyName } from '../../../cli/faults/journeys.ts'
import { mayLeave } from '../../../cli/faults/left-behind.ts'
import { onlyTogether } from '../../../cli/faults/matrix.ts'
import { cellNamed, playedWithout, whyNothing, whyUncaught } from '../../../cli/faults/mutate.ts'
import type { BrokenName, Cell, Played } from '../../../cli/faults/play.ts'
import { RULES } from '../../../cli/faults/rules.ts'
import { cellsOf, readSchedules, sampleOf, scheduleOf } from '../../../cli/faults/schedules.ts'
import { without } from '../../../cli/faults/switched-off.ts'
import { cameOf, progressLine, tableLines } from '../../../cli/faults/table.ts'
import { together } from '../../../cli/faults/together.ts'
import type { Result } from '../../../cli/faults/workers.ts'
import { PLAIN } from '../../../cli/view/style.ts'
import { LISTENERS, PEOPLE, RELEASE_STEPS, ROLLBACK_STEPS } from '../../../infra/sluice.ts'
import { overtaken } from './evidence.ts'

const fault = (text: string) => {
  const read = readFault(text)
  if (read.kind === 'refused') throw new Error(read.because)
  return read.fault
}

test('every function of the stack can be named, but for the one that has nothing to do with releases', () => {
  const functions = Object.keys({ ...RELEASE_STEPS, ...ROLLBACK_STEPS, ...LISTENERS, ...PEOPLE })
  expect(new Set([...Object.keys(STEPS), 'RemoveVersions'])).toEqual(new Set(functions))
})

test('the table of all cells stands on a screen of 120 columns, and shows which do not hold', () => {
  const played = { outcome: 'released', fired: {}, seconds: 1 }
  const broken = [{ name: 'end' as const, because: 'it does not end' }]
  const results = allCells().map((cell, at) => ({ cell, played: { ...played, broken: at === 0 ? broken : [] } }))
  const lines = tableLines(results, PLAIN)
  expect(lines.filter(line => line.length > 120)).toEqual([])
  expect(lines.join('').split('✗')).toHaveLength(2)
  expect(lines.join('').split('✓')).toHaveLength(results.length)
})

describe('the cells', () => {
  test('are many, each of them once', () => {
    const names = allCells().map(cellName)
    expect(names.length).toBeGreaterThan(250)
    expect(new Set(names).size).toBe(names.length)
  })

  test('that a release gets over are played in few releases, each of other names', () => {
    const releases = together(allCells())
    expect(releases.flat().map(cellName).toSorted()).toEqual(allCells().map(cellName).toSorted())
    expect(releases.length).toBeLessThan(allCells().length / 2)
    for (const cells of releases) {
      const faults = cells.flatMap(({ faults }) => faults)
      expect(new Set(cells.map(({ journey }) => journey)).size).toBe(1)
      expect(new Set(faults.map(({ name }) => name)).size).toBe(cells.length)
      for (const one of ['api-throttle', 'kill-host'])
        expect(faults.filter(({ kind }) => kind === one).length).toBeLessThan(5)
    }
  })

  test.each(['stop', 'outlive', 'arrive-late', 'fail', 'drop', 'reorder'])(
    'that are a %s are played by themselves',
    kind => {
      const isOne = (cells: Cell[]) => cells.some(({ faults }) => faults[0]?.kind === kind)
      for (const cells of together(allCells()).filter(isOne)) expect(cells).toHaveLength(1)
    },
  )

  test('have each function with a crash before and after, and each event lost', () => {
    const names = allCells().map(cellName)
    for (const step of Object.keys(STEPS))
      for (const kind of ['crash-before', 'crash-after', 'twice', 'kill-host'])
        expect(
          names.filter(name => name.endsWith(` ${step}:${kind}`)),
          `${step}:${kind}`,
        ).not.toEqual([])
    for (const [step, { machines }] of Object.entries(STEPS))
      if (machines.includes('release')) expect(names).toContain(`release ${step}:crash-after`)
    expect(names).toContain('release all events:drop')
    expect(names).toContain('manual-rollback Rollback Requested:drop')
  })
})

describe('a journey may end', () => {
  test.each<[JourneyName, string, string[]]>([
    ['release', '', ['released']],
    ['release', 'LockStage:crash-before', ['released']],
    ['release', 'LockStage:stop', ['aborted']],
    ['release', 'CloseStage:stop', ['released', 'aborted']],
    ['release', 'CheckPreconditions:fail', ['failed']],
    ['release', 'BackUpDatabase:fail', ['failed']],
    ['release', 'DeployNewVersion:fail', ['failed']],
    ['release', 'CompleteDeployment:fail', ['rolled-back']],
    ['release', 'cloudfront:CreateInvalidation:fail', ['released']],
    ['automatic-rollback', 'ecs:RunTask:fail', ['failed']],
    ['automatic-rollback', 'ecs:ContinueServiceDeployment:fail', ['rolled-back']],
    ['automatic-rollback', 'ecs:ListTasks:fail', ['rollback-failed']],
    ['release', 'CloseStage:fail', ['released']],
    ['release', 'VerifyDeployment:fail', ['rollback-failed']],
    ['release', 'ECS Task State Change:drop', ['released']],
    ['automatic-rollback', 'Wake:throttle', ['rolled-back']],
    ['automatic-rollback', 'TakeLease:outlive', ['rolled-back', 'aborted']],
    ['automatic-rollback', 'StopDeployments:fail', ['rollback-failed']],
    ['manual-rollback', 'WatchAlarms:stop', ['rolled-back', 'aborted']],
    ['rollback-after', 'RestorePrevious:lose-answer', ['rolled-back']],
    ['rollback-after', 'TakeLease:stop', ['rolled-back', 'aborted', 'none']],
  ])('%s with %s', (journey, text, ends) => {
    expect(allowed(journey, text ? [fault(text)] : [])).toEqual(ends)
  })

  test('as any of several faults ends it, and as usual only where none of them forbids it', () => {
    const crash = fault('LockStage:crash-after')
    expect(allowed('release', [crash, fault('DeployNewVersion:stop')])).toEqual(['aborted'])
    expect(allowed('release', [crash, fault('CloseStage:outlive')])).toEqual(['released', 'aborted'])
    expect(allowed('release', [fault('BackUpDatabase:fail'), fault('LockStage:stop')])).toEqual(['failed', 'aborted'])
    expect(allowed('release', [fault('ecs:DescribeServices:fail'), fault('LockStage:stop')])).toEqual([
      ...['failed', 'aborted', 'rollback-failed'],
    ])
    expect(allowed('rollback-after', [fault('RestorePrevious:stop'), fault('CloseStage:stop')])).toEqual([
      ...['rolled-back', 'aborted', 'rollback-failed'],
    ])
  })
})

test('it is said of every operation that AWS refuses for good how a release ends, and in one way', () => {
  const cells = allCells().filter(({ faults: [one] }) => one?.of === 'api' && one.kind === 'fail')
  expect(cells.length).toBeGreaterThan(20)
  for (const cell of cells) expect(allowed(cell.journey, cell.faults), cellName(cell)).toHaveLength(1)
})

test.each([
  ...['LockStage:stop', 'DeployNewVersion:arrive-late', 'CloseStage:fail', 'CloseRelease:api-throttle'],
  'sns:Publish:internal-error',
])('%s may leave something for the clean-up', text => {
  expect(mayLeave(fault(text))).toBe(true)
})

test.each(['CloseStage:crash-after', 'LockStage:twice', 'all events:drop', 'Wake:lose-answer'])(
  'after %s nothing is left at once',
  text => {
    expect(mayLeave(fault(text))).toBe(false)
  },
)

describe('a release in which something does not hold', () => {
  const resultOf = (name: string, ...broken: BrokenName[]): Result => ({
    cell: { journey: 'release', faults: [fault(name)] },
    played: { outcome: 'released', fired: {}, seconds: 1, broken: broken.map(name => ({ name, because: 'x' })) },
  })
  const both = resultOf('Wake:twice', 'told once')

  test('that holds in each of its cells has failed by itself', () => {
    const found = onlyTogether(both, [resultOf('Wake:twice'), resultOf('LockStage:twice')])
    expect(found?.played.broken).toEqual([{ name: 'told once', because: 'only together: x' }])
  })

  test('because one of them did not happen beside the others has not failed', () => {
    const unfired = resultOf('Wake:twice', 'fired')
    expect(onlyTogether(unfired, [resultOf('Wake:twice'), resultOf('LockStage:twice')])).toBeUndefined()
    const both = resultOf('Wake:twice', 'fired', 'told once')
    expect(onlyTogether(both, [resultOf('Wake:twice')])?.played.broken.map(({ name }) => name)).toEqual(['told once'])
  })

  test('that does not hold in one of its cells either is told there', () => {
    expect(onlyTogether(both, [resultOf('Wake:twice'), resultOf('LockStage:twice', 'outcome')])).toBeUndefined()
  })
})

describe('a schedule', () => {
  test('is made of its seed and its number alone', () => {
    expect(scheduleOf('a seed', 7)).toEqual(scheduleOf('a seed', 7))
    expect(scheduleOf('a seed', 7)).not.toEqual(scheduleOf('a seed', 8))
    expect(scheduleOf('a seed', 7)).not.toEqual(scheduleOf('another seed', 7))
  })

  test('has one to four faults that its journey can have, none of which stands in the way of another', () => {
    const possible = new Set(allCells().map(cellName))
    const counts = new Set<number>()
    for (let number = 0; number < 1000; number++) {
      const { journey, faults } = scheduleOf('tables', number)
      for (const one of faults) expect(possible).toContain(cellName({ journey, faults: [one] }))
      expect(new Set(faults.map(({ name }) => name)).size).toBe(faults.length)
      if (faults.some(({ name }) => name === ALL_EVENTS))
        expect(faults.filter(({ of }) => of === 'event')).toHaveLength(1)
      counts.add(faults.length)
    }
    expect([...counts].sort()).toEqual([1, 2, 3, 4])
  })

  test('is made when it is its turn, however many there are', () => {
    const [first] = cellsOf({ seed: 'a seed', first: 7, count: 100_000 })
    expect(first).toEqual(scheduleOf('a seed', 7))
  })

  test.each<[string, string | undefined, object]>([
    ['a seed', '100', { kind: 'schedules', seed: 'a seed', first: 0, count: 100 }],
    ['a seed:17', '1', { kind: 'schedules', seed: 'a seed', first: 17, count: 1 }],
    ['a seed', '100000', { kind: 'schedules', seed: 'a seed', first: 0, count: 100_000 }],
    ...[undefined, '0', '-1', '1e3', '0x10', '1.0', ' 1'].map((count): [string, string | undefined, object] => [
      'a seed',
      count,
      { kind: 'refused', because: '--random a seed: write how many, such as --random a seed 100' },
    ]),
    ['a seed', '100001', { kind: 'refused', because: expect.stringContaining('write 100000 at most') }],
  ])('is asked for in digits: --random %s %s', (seed, count, read) => {
    expect(readSchedules(seed, count)).toEqual(read)
  })

  test('in which nothing happened shows nothing, and of others it is told what did not', () => {
    const cell = { journey: 'release' as const, faults: [fault('LockStage:stop'), fault('Wake:twice')] }
    const played = (fired: Record<string, number>): Played => ({ outcome: 'released', fired, broken: [], seconds: 1 })
    const line = (fired: Record<string, number>) => progressLine({ cell, played: played(fired) }, '1/2 a:0', PLAIN)
    expect(cameOf(played({ 'LockStage:stop': 0, 'Wake:twice': 0 }))).toBe('nothing happened')
    expect(cameOf(played({ 'LockStage:stop': 0, 'Wake:twice': 2 }))).toBe('passed')
    expect(cameOf({ ...played({}), broken: [{ name: 'end', because: 'x' }] })).toBe('failed')
    expect(line({ 'LockStage:stop': 0, 'Wake:twice': 2 })).toBe(
      '✓ 1/2 a:0 release LockStage:stop Wake:twice, released, 1.0 s; LockStage:stop did not happen',
    )
    expect(line({ 'LockStage:stop': 0, 'Wake:twice': 0 })).toMatch(/^· /)
  })

  test('of a release that carries many and holds are told in one line', () => {
    const faults = ['Wake', 'CleanUp', 'Pages', 'LockStage', 'TellSlack', 'CloseStage'].map(name =>
      fault(`${name}:twice`),
    )
    const played = { outcome: 'released', fired: {}, seconds: 1, broken: [] }
    expect(progressLine({ cell: { journey: 'release', faults }, played }, '6/9', PLAIN)).toBe(
      '· 6/9 release Wake:twice CleanUp:twice Pages:twice LockStage:twice and 2 more, released, 1.0 s',
    )
    const broken = [{ name: 'end' as const, because: 'it does not end' }]
    const missed = progressLine({ cell: { journey: 'release', faults }, played: { ...played, broken } }, '6/9', PLAIN)
    expect(missed).toContain('TellSlack:twice CloseStage:twice')
  })

  test('of a run, and a sample of its cells, are the same each time', () => {
    const sample = sampleOf(allCells(), 'a seed', 20)
    expect(sampleOf(allCells(), 'a seed', 20)).toEqual(sample)
    expect(new Set(sample.map(cellName)).size).toBe(20)
    expect(sampleOf(allCells(), 'another seed', 20)).not.toEqual(sample)
  })
})

describe('a rule that can be switched off', () => {
  test.each(RULES.map(rule => [rule.says, rule] as const))(
    'is in the code once, and missed in cells that there are: %s',
    (_, rule) => {
      const source = readFileSync(new URL(`../../../${rule.file}`, import.meta.url), 'utf8')
      expect(without(rule, source)).not.toBe(source)
      for (const cell of rule.cells) expect(cellName(cellNamed(cell))).toBe(cell)
    },
  )

  test('that the code does not say, or says twice, is an error', () => {
    const rule = { says: 'one at a time', file: 'a.ts', text: 'if (busy) return', instead: '' }
    expect(() => without(rule, 'nothing')).toThrow('a.ts says 0 times, not once: if (busy) return')
    expect(() => without(rule, 'if (busy) return; if (busy) return')).toThrow('a.ts says 2 times')
    expect(without(rule, 'if (busy) return 1')).toBe(' 1')
  })

  test('is missed only where its cell holds with it, and breaks what it is to break without it', () => {
    const [rule] = RULES
    if (!rule) throw new Error('there is no rule')
    const played = (...broken: BrokenName[]): Played => ({
      ...{ outcome: 'released', fired: {}, seconds: 1 },
      broken: broken.map(name => ({ name, because: 'x' })),
    })
    expect(whyUncaught(rule, played(), played('fired', rule.breaks))).toBeUndefined()
    expect(whyUncaught(rule, played(), played())).toBe('holds without it')
    expect(whyUncaught(rule, played(), played('fired'))).toContain('breaks something else')
    expect(whyUncaught(rule, played(rule.breaks), played(rule.breaks))).toContain('does not hold with it either')
  })

  test('is not missed where its cell fails before the fault happens', () => {
    const [rule] = RULES
    if (!rule) throw new Error('there is no rule')
    const played = { outcome: 'released', fired: { 'LockStage:twice': 0 }, seconds: 1 }
    const without = { ...played, broken: [{ name: rule.breaks, because: 'x' }] }
    expect(whyUncaught(rule, { ...played, broken: [] }, without)).toContain('fails without it before LockStage:twice')
  })

  test('has its journey play without any fault, too, unless it says why that fails', () => {
    const [rule] = RULES
    if (!rule) throw new Error('there is no rule')
    const { always: _, ...of } = { ...rule, cells: ['release LockStage:twice', 'release Wake:twice'] as const }
    expect(playedWithout(of).map(cellName)).toEqual(['release LockStage:twice', 'release Wake:twice', 'release '])
    expect(playedWithout({ ...of, always: 'it is late' })).toHaveLength(2)
    const quiet = { outcome: 'none', fired: {}, seconds: 1 }
    expect(whyNothing({ ...quiet, broken: [] })).toBeUndefined()
    expect(whyNothing({ ...quiet, broken: [{ name: 'outcome', because: 'x' }] })).toContain('though nothing goes wrong')
  })

  test('is one of at least twelve', () => {
    expect(RULES.length).toBeGreaterThanOrEqual(12)
  })
})

describe('of three releases of which the last one was released', () => {
  const { ledger, pushes } = overtaken()
  const changed = (at: number, over: Partial<(typeof ledger)[number]>) =>
    ledger.map((entry, each) => (each === at ? { ...entry, ...over } : entry))
  const missesOf = (ledger: Evidence['ledger'], ...happened: string[]) =>
    unexpectedIn('newer', { ledger, pushes, rollbacks: [] }, happened.map(fault)).map(({ because }) => because)

  test('the one in the middle gives way', () => {
    expect(missesOf(ledger)).toEqual([])
    expect(missesOf(changed(1, { outcome: 'released' }))).toEqual(['v3: released, not superseded'])
  })

  test('the one in the middle may be released where the last one was held up', () => {
    expect(missesOf(changed(1, { outcome: 'released' }), 'StartRelease:throttle')).toEqual([])
    expect(missesOf(changed(1, { outcome: 'released' }), 'CloseStage:twice')).not.toEqual([])
  })

  test.each([0, 1, 2])('number %i has to have begun', at => {
    const tag = pushes[at]
    const without = ledger.filter(entry => entry.tag !== tag)
    expect(missesOf(without)).toEqual([expect.stringContaining(`${tag}: none, not `)])
  })

  test('where pushes are lost the newest is found', () => {
    const [v2, v3, v4] = ledger.map(entry => [entry])
    expect(missesOf([...(v2 ?? []), ...(v4 ?? [])], 'all events:drop')).toEqual([])
    expect(missesOf([...(v2 ?? []), ...(v3 ?? [])], 'all events:drop')).toEqual(['v4: none, not released'])
  })

  test.each([0, 1])('number %i ends as stopped only where its own execution was', at => {
    const usual = at === 0 ? 'released' : 'superseded'
    const aborted = changed(at, { outcome: 'aborted' })
    expect(missesOf(aborted, 'RequestApproval:stop')).toEqual([`${ledger[at]?.tag}: aborted, not ${usual}`])
    const stopped = changed(at, { outcome: 'aborted', status: 'ABORTED' })
    expect(missesOf(stopped, 'RequestApproval:stop')).toEqual([])
  })

  test('whose execution was stopped as it ended may have given way all the same', () => {
    const stopped = changed(1, { status: 'ABORTED' })
    expect(missesOf(stopped, 'CloseRelease:stop')).toEqual([])
    expect(missesOf(stopped, 'RequestApproval:stop')).toEqual(['v3: superseded, not aborted'])
  })

  test('the first one does not give way to those that come after it', () => {
    expect(missesOf(changed(0, { outcome: 'superseded' }))).toEqual(['v2: superseded, not released'])
  })
})
