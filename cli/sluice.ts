import { exitCodeOf } from './arguments.ts'
import { runCommand } from './commands/commands.ts'
import { createScreen } from './view/screen.ts'
import { styleFor } from './view/style.ts'

process.exitCode = await exitCodeOf(() =>
  runCommand(process.argv.slice(2), {
    screen: createScreen(process.stdout),
    style: styleFor(process.stdout),
    note: line => console.error(line),
  }),
)
