import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { beyondScope, type Case, refusal, runExecution, runRejected, type Verdict } from './conformance-case.ts'
import { runService, type ServiceCase } from './conformance-service.ts'

const OWN_CASES = join(import.meta.dirname, '../test/asl-cases')

async function verdictOn(one: Case): Promise<Verdict> {
  const names = beyondScope(one.definition)
  if (names.length > 0 && one.kind !== 'createRejected') return refusal(one.definition, names)
  if (one.kind === 'execution') return runExecution(one)
  if (one.kind === 'createRejected') return runRejected(one)
  if (one.kind === 'service') return runService(one as ServiceCase)
  return { kind: 'not run' }
}

async function runGroup(file: string): Promise<{ one: Case; verdict: Verdict }[]> {
  const cases = JSON.parse(readFileSync(file, 'utf8')) as Case[]
  const results = []
  for (const one of cases) results.push({ one, verdict: await verdictOn(one) })
  return results
}

const { values, positionals } = parseArgs({ options: { json: { type: 'boolean' } }, allowPositionals: true })
const folder = positionals[0] ?? OWN_CASES
const say = values.json ? () => {} : console.log
const total = { passed: 0, failed: 0, notRun: 0 }

for (const file of readdirSync(folder)
  .filter(name => name.endsWith('.json'))
  .sort()) {
  const results = await runGroup(join(folder, file))
  const count = (kind: Verdict['kind']) => results.filter(({ verdict }) => verdict.kind === kind).length
  const [passed, refused, failed, notRun] = [count('passed'), count('refused'), count('failed'), count('not run')]
  total.passed += passed + refused
  total.failed += failed
  total.notRun += notRun
  const rest = [refused ? `${refused} refused as expected` : '', notRun ? `${notRun} not run` : ''].filter(Boolean)
  say([`${file.replace('.json', '').padEnd(24)} ${passed} passed, ${failed} failed`, ...rest].join(', '))
  for (const { one, verdict } of results) {
    if (verdict.kind === 'failed') say(`  ${one.id}\n    ${verdict.difference}`)
  }
}

if (values.json) console.log(JSON.stringify(total))
else console.log(`${total.notRun ? `${total.notRun} not run\n` : ''}${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed > 0 ? 1 : 0
