import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT } from './state-machines.ts'

const PROMISED = [
  ...readFileSync(join(ROOT, 'docs/promises.md'), 'utf8').matchAll(/^- \*\*(P[\d.]+[a-z])\*\* ./gm),
].map(([, id = '']) => id)

/** Every test file but this one, by its path from the root. */
const SOURCES = readdirSync(join(ROOT, 'test'), { recursive: true, withFileTypes: true })
  .filter(entry => entry.isFile() && entry.name.endsWith('.test.ts') && entry.name !== 'promises.test.ts')
  .map(entry => join(entry.parentPath, entry.name))
  .map(file => ({ file: relative(ROOT, file), source: readFileSync(file, 'utf8') }))

const ID = /P\d+\.\d+[a-z]/g
/** A list of ids in brackets, wherever it stands. */
const LIST = /\[P\d+\.\d+[a-z][^\]]*\]/g
/** The same where it ends the first argument of a call: the title of a test, of a table of tests, or of what describes them. */
const TITLE = /\(\s*(['"`])(?:(?!\1).)* (\[P\d+\.\d+[a-z](?:, P\d+\.\d+[a-z])*\])\1,/g

const titled = (source: string) => [...source.matchAll(TITLE)].map(([, , list = '']) => list)
const idsIn = (lists: string[]) => lists.flatMap(list => list.match(ID) ?? [])
const NAMED = SOURCES.flatMap(({ file, source }) => idsIn(titled(source)).map(id => ({ file, id })))

/** `P2.10b` comes after `P2.9a`. */
const inOrder = (ids: string[]) => ids.toSorted((one, other) => one.localeCompare(other, 'en', { numeric: true }))

describe('what is promised', () => {
  test('has one id for each sentence, in order', () => {
    expect(PROMISED.length).toBeGreaterThan(100)
    expect(PROMISED).toEqual(inOrder([...new Set(PROMISED)]))
    for (const paragraph of new Set(PROMISED.map(id => id.slice(0, -1)))) {
      const letters = PROMISED.filter(id => id.slice(0, -1) === paragraph).map(id => id.slice(-1))
      expect([paragraph, letters.join('')]).toEqual([paragraph, 'abcdefghijklmnopqrstuvwxyz'.slice(0, letters.length)])
    }
  })

  test('is held by a test that names it, sentence by sentence', () => {
    const held = new Set(NAMED.map(({ id }) => id))
    expect(PROMISED.filter(id => !held.has(id))).toEqual([])
  })

  test('is all that tests name', () => {
    expect(NAMED.filter(({ id }) => !PROMISED.includes(id))).toEqual([])
  })

  test('is named at the end of titles alone, each id once and in order', () => {
    const elsewhere = SOURCES.map(({ file, source }) => ({
      file,
      lists: (source.match(LIST) ?? []).length - titled(source).length,
    }))
    expect(elsewhere.filter(({ lists }) => lists !== 0)).toEqual([])
    const lists = SOURCES.flatMap(({ source }) => titled(source).map(list => idsIn([list])))
    expect(lists.filter(ids => ids.join() !== inOrder([...new Set(ids)]).join())).toEqual([])
  })
})

describe('the reader of titles', () => {
  test.each([
    ["test('it holds [P1.1a]', () => {", ['[P1.1a]']],
    ["])('of %s [P1.1a, P1.2b]', (_, what) => {", ['[P1.1a, P1.2b]']],
    ["describe(\n  `a person's [P1.1a]`,\n", ['[P1.1a]']],
    ["test('it holds', () => hold('[P1.1a]'))", []],
    ["test('it [P1.1a] holds', () => {", []],
    ["test('it holds [P1.1a]')", []],
  ])('finds in %j what is named', (source, lists) => {
    expect(titled(source)).toEqual(lists)
  })
})
