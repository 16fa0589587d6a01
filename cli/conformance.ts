import { existsSync, statSync } from 'node:fs'
import { exitCodeOf, parsed, UsageError } from './arguments.ts'
import type { Case, Verdict } from './conformance/case.ts'
import { groupsIn, OWN_CASES, verdictOn } from './conformance/group.ts'

const USAGE = 'usage: npm run conformance [-- [folder] [--json]]'

process.exitCode = await exitCodeOf(async () => {
  const { values, positionals } = parsed(process.argv.slice(2), { json: { type: 'boolean' } }, USAGE, 1)
  const folder = positionals[0] ?? OWN_CASES
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new UsageError(`${folder}: is no folder; name one that holds cases (*.json)`)
  const groups = groupsIn(folder)
  if (groups.every(({ cases }) => cases.length === 0))
    throw new UsageError(`${folder}: holds no case; name a folder that holds cases (*.json)`)
  const say = values.json ? () => {} : console.log
  const total = { passed: 0, failed: 0, notRun: 0 }
  for (const { group, cases } of groups) {
    const results: { one: Case; verdict: Verdict }[] = []
    for (const one of cases) results.push({ one, verdict: await verdictOn(one) })
    const count = (kind: Verdict['kind']) => results.filter(({ verdict }) => verdict.kind === kind).length
    const [passed, refused, failed, notRun] = [count('passed'), count('refused'), count('failed'), count('not run')]
    total.passed += passed + refused
    total.failed += failed
    total.notRun += notRun
    const rest = [refused ? `${refused} refused as expected` : '', notRun ? `${notRun} not run` : ''].filter(Boolean)
    say([`${group.padEnd(24)} ${passed} passed, ${failed} failed`, ...rest].join(', '))
    for (const { one, verdict } of results) {
      if (verdict.kind === 'failed') say(`  ${one.id}\n    ${verdict.difference}`)
    }
  }
  if (values.json) console.log(JSON.stringify(total))
  else console.log(`${total.notRun ? `${total.notRun} not run\n` : ''}${total.passed} passed, ${total.failed} failed`)
  return total.failed > 0 ? 1 : 0
})
