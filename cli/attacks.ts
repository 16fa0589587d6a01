import { fileURLToPath } from 'node:url'
import { exitCodeOf, parsed } from './arguments.ts'
import { attackRehearsed } from './attacks/rehearsed.ts'
import { validApplication } from './rehearsing/rehearse-arguments.ts'
import { stoppedBySignals } from './signals.ts'
import { styleFor } from './view/style.ts'

const DEMO = fileURLToPath(new URL('../apps/demo.yaml', import.meta.url))

process.exitCode = await exitCodeOf(async () => {
  const { values } = parsed(
    process.argv.slice(2),
    { json: { type: 'boolean', default: false } },
    'usage: npm run attacks [-- --json]',
  )
  const say = values.json ? () => {} : console.log
  const style = styleFor(process.stdout)
  const signals = stoppedBySignals()
  say('sluice · attacking the pages of a rehearsed release that waits for people\n')
  const verdicts = await attackRehearsed({
    file: DEMO,
    application: validApplication(DEMO),
    opened: rehearsal => signals.stop(() => rehearsal.stop()),
    tried: ({ name }, verdict) =>
      say(
        verdict.kind === 'withstood'
          ? `  ${style.good('✓')} ${name}`
          : `  ${style.bad('✗')} ${name}: ${verdict.because}`,
      ),
  })
  const passed = verdicts.filter(({ kind }) => kind === 'withstood').length
  const failed = verdicts.length - passed
  if (values.json) console.log(JSON.stringify({ passed, failed }))
  else say(`\n${passed} passed, ${failed} failed`)
  return failed > 0 ? 1 : 0
})
