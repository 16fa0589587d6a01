import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { deployedFiles, type ReadApplication, readApplication } from '../../apps/read.ts'
import { UsageError } from '../arguments.ts'
import type { Installed } from './ground.ts'

export type Chosen = ReadApplication & { file: string }

const APPS = join(import.meta.dirname, '../../apps')

/** The application files that are meant: by name of the file, by that of the application, or else all that are released here. */
export function chosenFiles(named: string | undefined, installed: Installed | undefined): Chosen[] {
  if (named !== undefined) return [/[/.]/.test(named) ? read(named) : ofApplication(named)]
  if (installed) return installed.applications.map(ofApplication)
  const files = deployedFiles()
  if (files.length === 0)
    throw new UsageError('apps/ holds no application file; write one, or name one: sluice doctor apps/demo.yaml')
  return files.map(read)
}

const read = (file: string): Chosen => ({ file, ...readApplication(file) })

function ofApplication(app: string): Chosen {
  const files = readdirSync(APPS).filter(file => /\.ya?ml$/.test(file))
  const found = files
    .map(file => read(join(APPS, file)))
    .find(each => each.kind === 'valid' && each.application.app === app)
  if (!found)
    throw new UsageError(`${app}: no file of apps/ is of this application; name the file: sluice doctor <file>`)
  return found
}
