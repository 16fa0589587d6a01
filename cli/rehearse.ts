import { exitCodeOf } from './arguments.ts'
import { rehearse } from './rehearsing/rehearse.ts'
import { readRehearseArguments } from './rehearsing/rehearse-arguments.ts'
import { stoppedBySignals } from './signals.ts'
import { createNarrator, endLines } from './view/narrator.ts'
import { createScreen } from './view/screen.ts'
import { styleFor } from './view/style.ts'

process.exitCode = await exitCodeOf(async () => {
  const { json, speed, scenarioName, ...options } = readRehearseArguments(process.argv.slice(2))
  const style = styleFor(process.stdout)
  const screen = createScreen(process.stdout)
  const signals = stoppedBySignals()
  const narrate = json ? () => {} : createNarrator(screen, style)
  const pace = options.drive === 'paced' ? { speed } : {}
  const { drive, file } = options
  if (!json)
    screen.print(
      `sluice · rehearsing ${file}, ${scenarioName} · ${drive === 'paced' ? `${speed} AWS seconds a second` : 'from timer to timer'}`,
      '',
    )
  const rehearsed = await rehearse({ ...options, ...pace }, progress => {
    if (progress.kind === 'opened') signals.stop(() => progress.rehearsal.stop())
    narrate(progress)
  })
  const { report, misses, world } = rehearsed
  const lines = json ? misses : endLines(rehearsed, style)
  if (json) for (const line of lines) console.error(line)
  else screen.print(...lines)
  await world.rehearsal.stop()
  if (json) console.log(JSON.stringify(report))
  return misses.length > 0 ? 1 : 0
})
