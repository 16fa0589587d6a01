import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { REHEARSALS } from '../rehearsing/kept.ts'
import { SOURCES, synthesize } from '../rehearsing/synth.ts'
import { FILE } from './play.ts'
import type { Rule } from './rules.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** The assembly of a Sluice without that rule. Throws where the code does not say it, or not once. */
export async function assemblyWithout(rule: Rule): Promise<string> {
  const changed = without(rule, readFileSync(join(ROOT, rule.file), 'utf8'))
  const sources = mkdtempSync(join(tmpdir(), 'without-'))
  try {
    for (const source of [...SOURCES, 'package.json'])
      cpSync(join(ROOT, source), join(sources, source), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules'), join(sources, 'node_modules'))
    writeFileSync(join(sources, rule.file), changed)
    // Apart from the others, of which only the newest are kept.
    return (await synthesize([FILE], join(REHEARSALS, 'without'), { sources })).directory
  } finally {
    rmSync(sources, { recursive: true })
  }
}

/** The text of a file without the rule. Throws where it does not say it, or not once. */
export function without(
  { says, file, text, instead }: Pick<Rule, 'says' | 'file' | 'text' | 'instead'>,
  source: string,
): string {
  const parts = source.split(text)
  if (parts.length === 2) return parts.join(instead)
  throw new Error(
    `${file} says ${parts.length - 1} times, not once: ${text}\n  correct the rule “${says}” in cli/faults/rules.ts`,
  )
}
