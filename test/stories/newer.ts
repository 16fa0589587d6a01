import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { REHEARSALS } from '../../cli/rehearsing/kept.ts'
import { synthesize } from '../../cli/rehearsing/synth.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const SOURCES = [
  ...['functions', 'domain', 'events', 'infra', 'statemachines', 'apps/read.ts'],
  ...['package.json', 'package-lock.json', 'cdk.json'],
]

/** What a later Sluice says otherwise: every function's code and environment, and both machines. */
const CHANGES: readonly [file: string, from: string, to: string][] = [
  ['functions/step.ts', "serviceName: 'sluice'", "serviceName: 'sluice-newer'"],
  ['infra/function.ts', 'environment: { TABLE: table }', "environment: { TABLE: table, SINCE: 'newer' }"],
  ['statemachines/release.asl.yaml', 'Comment: Releases', 'Comment: Newer. Releases'],
  ['statemachines/rollback.asl.yaml', 'Comment: Takes one', 'Comment: Newer. Takes one'],
]

/** The assembly of a later Sluice for this application: today's sources with a change in each of these. */
export async function newerAssembly(file: string): Promise<string> {
  const sources = mkdtempSync(join(tmpdir(), 'newer-'))
  try {
    for (const source of SOURCES) cpSync(join(ROOT, source), join(sources, source), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules'), join(sources, 'node_modules'))
    for (const [source, from, to] of CHANGES) {
      const text = readFileSync(join(sources, source), 'utf8')
      if (text.split(from).length !== 2) throw new Error(`${source} does not have once: ${from}`)
      writeFileSync(join(sources, source), text.replace(from, to))
    }
    // Apart from the others, of which only the newest are kept.
    return (await synthesize([file], join(REHEARSALS, 'newer'), { sources })).directory
  } finally {
    rmSync(sources, { recursive: true })
  }
}
