import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { deployedFiles, type ReadApplication, readApplication } from '../../apps/read.ts'
import { UsageError } from '../arguments.ts'
import type { Installed } from './ground.ts'

export type Chosen = ReadApplication & { file: string }

const APPS = join(import.meta.dirname, '../../apps')

/** The application files that are meant: by name of the file, by that of the application, or else all that are released here. */
export function chosenFiles(
  named: string | undefined,
  installed: Installed | undefined,
  folder: string = APPS,
): Chosen[] {
  if (named !== undefined) return [/[/.]/.test(named) ? read(named) : ofApplication(named, folder)]
  if (installed) return installed.applications.map(app => ofApplication(app, folder))
  const files = deployedFiles(folder)
  if (files.length === 0)
    throw new UsageError('apps/ holds no application file; write one, or name one: sluice doctor apps/demo.yaml')
  return files.map(read)
}

const read = (file: string): Chosen => ({ file, ...readApplication(file) })

/** Where none is of this application, those that say nothing valid may be meant. */
function ofApplication(app: string, folder: string): Chosen {
  const files = readdirSync(folder).filter(file => /\.ya?ml$/.test(file))
  const all = files.map(file => read(join(folder, file)))
  const found = all.find(each => each.kind === 'valid' && each.application.app === app)
  if (found) return found
  const mistakes = all.flatMap(each =>
    each.kind === 'invalid' ? each.mistakes.map(one => `apps/${basename(each.file)}: ${one}`) : [],
  )
  if (mistakes.length > 0) return { kind: 'invalid', file: app, mistakes }
  throw new UsageError(`${app}: no file of apps/ is of this application; name the file: sluice doctor <file>`)
}
