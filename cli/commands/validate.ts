import { readApplication } from '../../apps/read.ts'
import { parsed, UsageError } from '../arguments.ts'
import type { Command } from './command.ts'

export interface Validation {
  passed: number
  failed: number
  /** `file: path: value: remedy` */
  mistakes: string[]
}

export const validate: Command = {
  usage: '<file>… [--json]',
  about: 'says every mistake of application files, and how to mend it',
  async run(args, { screen }) {
    const { values, positionals } = parsed(
      args,
      { json: { type: 'boolean', default: false } },
      `usage: sluice validate ${this.usage}`,
      args.length,
    )
    if (positionals.length === 0) throw new UsageError('validate: names no file; write sluice validate <file>…')
    const validation = validateFiles(positionals)
    if (values.json) screen.print(JSON.stringify(validation))
    else screen.print(...validation.mistakes, `${validation.passed} passed, ${validation.failed} failed`)
    return validation.failed > 0 ? 1 : 0
  },
}

export function validateFiles(files: string[]): Validation {
  const fileOf = new Map<string, string>()
  const wrong = files.map(file => {
    const read = readApplication(file)
    if (read.kind === 'invalid') return read.mistakes.map(mistake => `${file}: ${mistake}`)
    const { app } = read.application
    const other = fileOf.get(app)
    fileOf.set(app, file)
    return other ? [`${file}: app: "${app}": is the name in ${other} too; rename one`] : []
  })
  const failed = wrong.filter(mistakes => mistakes.length > 0).length
  return { passed: files.length - failed, failed, mistakes: wrong.flat() }
}
