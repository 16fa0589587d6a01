import { writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import * as z from 'zod'
import { applicationSchema } from '../../domain/application.ts'
import { parsed } from '../arguments.ts'
import type { Command } from './command.ts'

/** What editors check application files against. */
export const SCHEMA_FILE = join(import.meta.dirname, '../../apps/application.schema.json')

export function applicationJsonSchema(): object {
  return { title: 'Sluice application', ...z.toJSONSchema(applicationSchema, { io: 'input' }) }
}

export const schema: Command = {
  usage: '',
  about: 'writes the JSON Schema of application files for editors',
  async run(args, { screen }) {
    parsed(args, {}, 'usage: sluice schema')
    writeFileSync(SCHEMA_FILE, `${JSON.stringify(applicationJsonSchema(), null, 2)}\n`)
    screen.print(`${relative(process.cwd(), SCHEMA_FILE)} is written`)
    return 0
  },
}
