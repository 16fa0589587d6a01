import { exitCodeOf, parsed, UsageError } from './arguments.ts'
import { rehearseApart, twoAtATime } from './permissions/children.ts'
import { failuresIn, reportLines } from './permissions/lines.ts'
import { caughtIn, mutationsOf } from './permissions/mutations.ts'
import { runsOf } from './permissions/runs.ts'
import { nameOf, type Run } from './permissions/told.ts'
import { passes, type Rehearsed, verdictsOn } from './permissions/verdicts.ts'
import { stoppedBySignals } from './signals.ts'
import { styleFor } from './view/style.ts'

const USAGE = 'usage: npm run permissions [-- [--mutate] [--scenario NAME] [--only ROLE] [--json]]'
const OPTIONS = {
  mutate: { type: 'boolean', default: false },
  scenario: { type: 'string' },
  only: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const

process.exitCode = await exitCodeOf(async () => {
  const { values } = parsed(process.argv.slice(2), OPTIONS, USAGE)
  stoppedBySignals()
  const style = styleFor(process.stdout)
  const rehearsed = await rehearseAll(runsOf(values.scenario))
  const roles = new Set(rehearsed.flatMap(({ told }) => told.grants.map(({ role }) => role)))
  if (values.only !== undefined && !roles.has(values.only))
    throw new UsageError(`--only ${values.only}: is not known; write one of ${[...roles].sort().join(', ')}`)
  const { passed, failed, lines } = values.mutate
    ? await mutate(rehearsed, values.only)
    : report(rehearsed, values.only)
  if (values.json) console.log(JSON.stringify({ passed, failed }))
  else console.log([...lines, `${passed} passed, ${failed} failed`].join('\n'))
  return failed > 0 ? 1 : 0

  function report(all: Rehearsed[], only?: string) {
    const verdicts = verdictsOn(all, { whole: values.scenario === undefined }).filter(
      ({ role }) => only === undefined || role === only,
    )
    const good = verdicts.filter(passes).length
    const failed = verdicts.length - good + failuresIn(all).length
    return { passed: good, failed, lines: reportLines(verdicts, all, style) }
  }

  async function mutate(all: Rehearsed[], only?: string) {
    const lines: string[] = []
    const caught = await twoAtATime(mutationsOf(all, only), async mutation => {
      const verdict = caughtIn(mutation, await rehearseApart(mutation.run))
      const under = mutation.condition && ` (${mutation.condition})`
      const what = `${mutation.role} without ${mutation.action}${under}`
      const said = verdict.kind === 'caught' ? style.good('✓') : style.bad('✗')
      const line = `  ${said} ${what}${verdict.kind === 'caught' ? '' : `: ${verdict.because} (${nameOf(mutation.run)})`}`
      console.error(line)
      if (verdict.kind === 'unnoticed') lines.push(line)
      return verdict
    })
    const good = caught.filter(({ kind }) => kind === 'caught').length
    return { passed: good, failed: caught.length - good, lines }
  }
})

function rehearseAll(runs: Run[]): Promise<Rehearsed[]> {
  let done = 0
  return twoAtATime(runs, async run => {
    const told = await rehearseApart(run)
    done++
    const misses = told.misses.length > 0 ? `: ${told.misses.join('; ')}` : ''
    console.error(`  ${done}/${runs.length} ${nameOf(run)}, ${told.seconds.toFixed(0)} s${misses}`)
    return { run, told }
  })
}
