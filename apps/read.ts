import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Document, parseDocument } from 'yaml'
import { type Application, applicationSchema } from '../domain/application.ts'
import { mistakes, sentence } from '../domain/invalid.ts'
import { clashes } from '../domain/side-by-side.ts'

/** The demo is rehearsed, never deployed. */
const DEMO = 'demo.yaml'

export type ReadApplication = { kind: 'valid'; application: Application } | { kind: 'invalid'; mistakes: string[] }

/** Reads one application file; each mistake is a line that names the field, what stands there and the remedy. */
export function readApplication(file: string): ReadApplication {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    return { kind: 'invalid', mistakes: [`cannot be read: ${(error as Error).message}; correct the path`] }
  }
  const document = parseDocument(text)
  if (document.errors.length > 0)
    return { kind: 'invalid', mistakes: document.errors.map(({ message }) => `is not YAML: ${message.trimEnd()}`) }
  const content = contentOf(document)
  if (content instanceof Error)
    return { kind: 'invalid', mistakes: [`is not YAML: ${content.message}; correct the alias`] }
  const parsed = applicationSchema.safeParse(content, { reportInput: true })
  return parsed.success
    ? { kind: 'valid', application: parsed.data }
    : { kind: 'invalid', mistakes: mistakes(parsed.error, content).map(sentence) }
}

/** Aliases are followed here: one that leads nowhere, or everywhere, is the file's mistake. */
function contentOf(document: Document): unknown {
  try {
    return document.toJS()
  } catch (error) {
    return error
  }
}

/** Reads several; throws with every mistake of every file, one a line. */
export function readApplications(files: string[]): Application[] {
  const read = files.map(file => ({ file, ...readApplication(file) }))
  const wrong = read.flatMap(result =>
    result.kind === 'invalid' ? result.mistakes.map(one => `${result.file}: ${one}`) : [],
  )
  const applications = read.flatMap(result => (result.kind === 'valid' ? [result.application] : []))
  wrong.push(...clashes(applications))
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
  return applications
}

/** Letters and digits that are others as soon as the file says something else. */
export function versionOf(application: Application): string {
  return createHash('sha256').update(JSON.stringify(application)).digest('hex').slice(0, 12)
}

/** The files of this folder that are deployed. */
export function deployedFiles(folder = import.meta.dirname): string[] {
  return readdirSync(folder)
    .filter(file => /\.ya?ml$/.test(file) && file !== DEMO)
    .map(file => join(folder, file))
}
