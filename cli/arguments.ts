import { type ParseArgsConfig, parseArgs } from 'node:util'

/** What a person typed cannot be meant; the message says what can. */
export class UsageError extends Error {}

type Options = NonNullable<ParseArgsConfig['options']>
type Parsed<O extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; options: O; strict: true; allowPositionals: true }>
>

/** Somebody wants to know what can be typed: that is all the answer. */
class HelpWanted extends Error {}

/** Parses strictly; whatever is not known is refused with what is, and so are more words than `most` beside the options. */
export function parsed<O extends Options>(args: string[], options: O, usage: string, most = 0): Parsed<O> {
  if (args.includes('--help')) throw new HelpWanted(usage)
  try {
    const found = parseArgs({ args, options, strict: true, allowPositionals: true })
    const tooMany = found.positionals[most]
    if (tooMany !== undefined) throw new UsageError(`${tooMany}: is one word too many\n${usage}`)
    return found
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    if (!code.startsWith('ERR_PARSE_ARGS')) throw error
    throw new UsageError(`${message.split('. ')[0]}\n${usage}`)
  }
}

/** Runs a command; what it throws is told in one message, without a trace. Resolves with the exit code. */
export async function exitCodeOf(command: () => Promise<number>): Promise<number> {
  try {
    return await command()
  } catch (error) {
    if (error instanceof HelpWanted) {
      console.log(error.message)
      return 0
    }
    console.error(error instanceof Error ? error.message : String(error))
    return error instanceof UsageError ? 2 : 1
  }
}
