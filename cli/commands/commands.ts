import { UsageError } from '../arguments.ts'
import { abort } from './abort.ts'
import type { Command, Terminal } from './command.ts'
import { approve, reject } from './decide.ts'
import { doctor } from './doctor.ts'
import { lift } from './lift.ts'
import { push } from './push.ts'
import { releases } from './releases.ts'
import { retry } from './retry.ts'
import { rollback } from './rollback.ts'
import { schema } from './schema.ts'
import { show } from './show.ts'
import { unlock } from './unlock.ts'
import { validate } from './validate.ts'
import { watch } from './watch.ts'

export const COMMANDS: Record<string, Command> = {
  validate,
  push,
  releases,
  show,
  watch,
  approve,
  reject,
  rollback,
  retry,
  abort,
  unlock,
  lift,
  doctor,
  schema,
}

/** Commands that a later version has. */
const LATER = ['plan']

/** Runs what was typed; resolves with the exit code. */
export async function runCommand([name, ...args]: string[], terminal: Terminal): Promise<number> {
  if (name === '--help' || name === '-h' || name === 'help') {
    terminal.screen.print(...helpLines())
    return 0
  }
  if (name === undefined) throw new UsageError(helpLines().join('\n'))
  if (LATER.includes(name)) throw new UsageError(`sluice ${name}: not supported yet`)
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (!command) throw new UsageError(`sluice ${name}: is not known; write one of ${Object.keys(COMMANDS).join(', ')}`)
  if (args.includes('--help')) {
    terminal.screen.print(`sluice ${name} ${command.usage}`.trimEnd(), `  ${command.about}`)
    return 0
  }
  return command.run(args, terminal)
}

function helpLines(): string[] {
  const commands = Object.entries(COMMANDS).map(([name, { usage, about }]) => {
    const typed = `${name} ${usage}`
    return `  ${typed.padEnd(66)} ${about}`
  })
  return [
    'sluice: releases container applications on AWS',
    '',
    ...commands,
    '',
    'Asks the rehearsal that stays up on this machine (npm start -- --stay) or, without one, stack Sluice on AWS;',
    '--stack NAME: another installation than that of stack Sluice.',
    `Not supported yet: ${LATER.join(', ')}.`,
  ]
}
