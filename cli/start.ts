import { join, relative } from 'node:path'
import { exitCodeOf, parsed } from './arguments.ts'
import { nobody } from './rehearsing/approvers.ts'
import { type RehearsingOptions, rehearse } from './rehearsing/rehearse.ts'
import { named, speedOf, validApplication } from './rehearsing/rehearse-arguments.ts'
import { tellOthers } from './rehearsing/running.ts'
import { DEFAULT_SCENARIO } from './rehearsing/scenarios.ts'
import { fillRegistry } from './rehearsing/world.ts'
import { stoppedBySignals } from './signals.ts'
import { createNarrator, endLines } from './view/narrator.ts'
import { createScreen } from './view/screen.ts'
import { styleFor } from './view/style.ts'

const USAGE = 'usage: npm start -- [--scenario NAME] [--speed N] [--approve] [--stay]'
const FILE = relative(process.cwd(), join(import.meta.dirname, '../apps/demo.yaml'))
const PAGE_PORT = 4600
const OPTIONS = {
  scenario: { type: 'string' },
  speed: { type: 'string' },
  stay: { type: 'boolean', default: false },
  approve: { type: 'boolean', default: false },
} as const

process.exitCode = await exitCodeOf(async () => {
  const { values } = parsed(process.argv.slice(2), OPTIONS, USAGE)
  const [{ scenario, scenarioName }, speed] = [named(values.scenario), speedOf(values.speed)]
  const application = validApplication(FILE)
  const style = styleFor(process.stdout)
  const screen = createScreen(process.stdout)
  const signals = stoppedBySignals()
  const narrate = createNarrator(screen, style)
  screen.print(`sluice · rehearsing ${FILE} · ${speed} AWS seconds a second`, `  ${scenario.shows}`, '')
  // Without --approve a person at this machine decides, unless the scenario is about what people decide.
  const isOurs = values.approve || scenario.answering !== undefined
  const people: Pick<RehearsingOptions, 'answering'> = isOurs ? {} : { answering: nobody }
  const drive: RehearsingOptions['drive'] = scenario.drive ?? 'paced'
  const pace: Pick<RehearsingOptions, 'speed'> = drive === 'paced' ? { speed } : {}
  const options = { file: FILE, application, scenario, drive, apiPort: PAGE_PORT, ...people }
  const rehearsed = await rehearse({ ...options, ...pace }, progress => {
    if (progress.kind === 'opened') signals.stop(() => progress.rehearsal.stop())
    if (progress.kind === 'ready' && values.stay) tellOthers(progress.world.rehearsal)
    narrate(progress)
  })
  screen.print(...endLines(rehearsed, style), ...nextLines(scenarioName, values.stay))
  const { world, misses } = rehearsed
  if (values.stay) {
    fillRegistry(world)
    // Until a signal ends the process.
    await new Promise(() => setInterval(() => {}, 60_000))
  }
  await world.rehearsal.stop()
  return misses.length > 0 ? 1 : 0
})

function nextLines(scenario: string, stays: boolean): string[] {
  const other = scenario === DEFAULT_SCENARIO ? 'bad-release' : DEFAULT_SCENARIO
  const next: [string, string][] = stays
    ? [
        ['npm run -s sluice -- releases', 'in another terminal: what was released'],
        ['npm run -s sluice -- push demo v3', 'the next version; then: npm run -s sluice -- watch demo'],
        ['npm run -s sluice -- rollback demo production', 'take it back yourself'],
        ['Ctrl-C', 'ends the rehearsal'],
      ]
    : [
        [
          `npm start -- --scenario ${other}`,
          other === DEFAULT_SCENARIO ? 'see one released' : 'see it go back by itself',
        ],
        ['npm start -- --stay', 'keep it up, and ask it from another terminal'],
        ['npm run -s sluice -- --help', 'what can be asked'],
      ]
  return [
    '',
    ...next.map(([command, what], at) => `  ${(at === 0 ? 'next' : '').padEnd(6)}${command.padEnd(46)} ${what}`),
  ]
}
