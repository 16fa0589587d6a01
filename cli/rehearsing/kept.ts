import { readdirSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** Where rehearsals keep what they make. */
export const REHEARSALS = resolve(import.meta.dirname, '../../.rehearsal')

/** Removes all but the newest folders of a folder. */
export function keepNewest(folder: string, kept: number): void {
  const folders = readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(({ name }) => join(folder, name))
    // Another process may have removed it meanwhile.
    .map(path => ({ path, at: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.at - a.at)
  for (const { path } of folders.slice(kept)) rmSync(path, { recursive: true, force: true })
}
