import { exitCodeOf } from '../arguments.ts'
import { rehearse } from '../rehearsing/rehearse.ts'
import { named, validApplication } from '../rehearsing/rehearse-arguments.ts'
import type { World } from '../rehearsing/world.ts'
import { stoppedBySignals } from '../signals.ts'
import { grantsOf } from './grants.ts'
import type { Run, Told } from './told.ts'

/** Rehearses what its one argument asks for, in a process of its own, and prints what came of it as one line of JSON. */
process.exitCode = await exitCodeOf(async () => {
  const { file, scenario, forbidden }: Run = JSON.parse(process.argv[2] ?? '')
  const signals = stoppedBySignals()
  const start = performance.now()
  let rehearsal: World['rehearsal'] | undefined
  let assembly = ''
  const options = { file, application: validApplication(file), scenario: named(scenario).scenario }
  const rehearsed = await rehearse(
    { ...options, drive: 'jump', ...(forbidden && { forbidden: [forbidden] }) },
    told => {
      if (told.kind === 'synthesized') assembly = told.synthesis.directory
      if (told.kind !== 'opened') return
      rehearsal = told.rehearsal
      signals.stop(() => told.rehearsal.stop())
    },
  ).then(
    ({ misses }) => ({ misses }),
    (error: Error) => ({ misses: [error.message] }),
  )
  const told: Told = {
    ...rehearsed,
    seconds: (performance.now() - start) / 1000,
    ...(rehearsal ? grantsOf(rehearsal.stack, assembly) : { grants: [], reasons: [] }),
    used: rehearsal?.access.used() ?? [],
    denied: rehearsal?.access.denied() ?? [],
  }
  await rehearsal?.stop()
  console.log(JSON.stringify(told))
  return rehearsed.misses.length > 0 ? 1 : 0
})
