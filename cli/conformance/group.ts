import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beyondScope, type Case, refusal, runExecution, runRejected, type Verdict } from './case.ts'
import { runService, type ServiceCase } from './service.ts'
import { machineOf, runTestState, type StateCase } from './state.ts'

/** The project's own cases. */
export const OWN_CASES = join(import.meta.dirname, '../../test/asl-cases')

/** The case files of a folder by group. */
export function groupsIn(folder: string): { group: string; cases: Case[] }[] {
  const files = readdirSync(folder).filter(name => name.endsWith('.json'))
  return files.sort().map(file => ({
    group: file.replace('.json', ''),
    cases: JSON.parse(readFileSync(join(folder, file), 'utf8')) as Case[],
  }))
}

export async function verdictOn(one: Case): Promise<Verdict> {
  const definition = one.kind === 'testState' ? machineOf(one) : one.definition
  const names = beyondScope(definition)
  if (names.length > 0 && one.kind !== 'createRejected') return refusal(definition, names)
  if (one.kind === 'execution') return runExecution(one)
  if (one.kind === 'createRejected') return runRejected(one)
  if (one.kind === 'testState') return runTestState(one as StateCase)
  if (one.kind === 'service') return runService(one as ServiceCase)
  return { kind: 'not run' }
}
