import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')

interface Import {
  /** Path of the file that imports, from the root. */
  from: string
  /** Path from the root, or the name of a package. */
  to: string
}

/** Every import and re-export of the folder's files, also those of types and those at run time. */
function importsOf(folder: string): Import[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && /\.[cm]?[jt]s$/.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name))
    .flatMap(file =>
      specifiersIn(readFileSync(file, 'utf8')).map(specifier => ({
        from: relative(ROOT, file),
        to: specifier.startsWith('.') ? relative(ROOT, resolve(dirname(file), specifier)) : specifier,
      })),
    )
}

const SPECIFIER = /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g

function specifiersIn(source: string): string[] {
  return [...source.matchAll(SPECIFIER)].flatMap(([, named, bare]) => named ?? bare ?? [])
}

/** The folders that a rule speaks of; everything else that is imported by name is a package. */
const FOLDERS = ['apps', 'cli', 'domain', 'events', 'functions', 'infra', 'rehearsal', 'statemachines', 'test']

/** Folder → the paths in this project that its files may import, beside their own folder's. */
const MAY_IMPORT: Record<string, RegExp[]> = {
  domain: [],
  events: [/^domain\//],
  functions: [/^domain\//, /^events\//],
  infra: [/^domain\//, /^events\//, /^functions\/[\w-]+\.ts$/, /^apps\/read\.ts$/],
  rehearsal: [],
  apps: [/^domain\//],
  // functions/aws reads the environment through functions/environment.ts; whoever uses it may fill it the same way.
  cli: [
    /^domain\//,
    /^events\//,
    /^apps\//,
    /^functions\/(aws|view)\//,
    /^functions\/environment\.ts$/,
    /^rehearsal\/index\.ts$/,
  ],
}
/** The conformance command runs the engine without a stack around it. */
const CONFORMANCE = [/^rehearsal\/(asl\/|clock\.ts$|aws\/(states|service)\.ts$)/]

function isAllowed({ from, to }: Import): boolean {
  const folder = from.split('/')[0] ?? ''
  const allowed = [...(MAY_IMPORT[folder] ?? []), ...(from.startsWith('cli/conformance') ? CONFORMANCE : [])]
  return to.startsWith(`${folder}/`) || allowed.some(pattern => pattern.test(to))
}

describe('who may import whom', () => {
  test.each(Object.keys(MAY_IMPORT))('%s imports nothing of ours but what the design allows', folder => {
    const ours = importsOf(folder).filter(({ to }) => FOLDERS.includes(to.split('/')[0] ?? ''))
    expect(ours.filter(each => !isAllowed(each))).toEqual([])
  })

  test('domain knows no package but zod, and nothing of the process around it', () => {
    const packages = importsOf('domain').filter(({ to }) => !to.startsWith('domain/'))
    expect(new Set(packages.map(({ to }) => to))).toEqual(new Set(['zod']))
    const sources = readdirSync(join(ROOT, 'domain')).map(file => readFileSync(join(ROOT, 'domain', file), 'utf8'))
    expect(sources.filter(source => /\bprocess\.|Date\.now|new Date\(\)|console\./.test(source))).toEqual([])
  })

  test('only functions/aws and apps/ speak to AWS by its SDK, beside the rehearsal and the command', () => {
    const callers = ['domain', 'events', 'functions', 'infra', 'apps']
      .flatMap(importsOf)
      .filter(({ to }) => /^@aws-sdk\/(client|lib)-/.test(to))
      .filter(({ from }) => !from.startsWith('functions/aws/') && !from.startsWith('apps/'))
    const values = callers.filter(({ from, to }) => !onlyTypes(from, to))
    expect(values).toEqual([])
  })
})

/** Whether the file imports this package's types and none of its code. */
function onlyTypes(file: string, name: string): boolean {
  return !valuesOf(readFileSync(join(ROOT, file), 'utf8')).includes(name)
}

/** Packages and files whose code is imported, not their types alone. */
function valuesOf(source: string): string[] {
  return [...source.matchAll(SPECIFIER)].flatMap(([statement, named, bare]) =>
    /^\s*(?:import|export) type\b/.test(statement) ? [] : (named ?? bare ?? []),
  )
}

describe('the reader of imports', () => {
  test.each([
    ["import type {\n  A,\n} from 'a'", []],
    ["import {\n  a,\n} from 'a'", ['a']],
    ["import { type A, a } from 'a'", ['a']],
  ])('knows what of %j is code', (source, packages) => {
    expect(valuesOf(source)).toEqual(packages)
  })

  test.each([
    ["import { a } from './a.ts'", ['./a.ts']],
    ["import type {\n  A,\n  B,\n} from '../b.ts'\nimport 'side'", ['../b.ts', 'side']],
    ["export * from './c.ts'\nexport { d } from './d.ts'", ['./c.ts', './d.ts']],
    ["const e = await import('./e.ts')", ['./e.ts']],
    ["const from = 'nowhere'", []],
  ])('finds what %j imports', (source, specifiers) => {
    expect(specifiersIn(source)).toEqual(specifiers)
  })

  test('sees the folders that it speaks of', () => {
    for (const folder of Object.keys(MAY_IMPORT)) expect(importsOf(folder).length).toBeGreaterThan(0)
    expect(isAllowed({ from: 'domain/lock.ts', to: 'functions/step.ts' })).toBe(false)
    expect(isAllowed({ from: 'cli/validate.ts', to: 'rehearsal/asl/engine.ts' })).toBe(false)
    expect(isAllowed({ from: 'rehearsal/index.ts', to: 'domain/lock.ts' })).toBe(false)
  })
})
