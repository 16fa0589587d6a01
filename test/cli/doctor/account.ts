import { resolve } from 'node:path'
import { readApplication } from '../../../apps/read.ts'
import { runCommand } from '../../../cli/commands/commands.ts'
import type { Finding } from '../../../cli/doctor/examination.ts'
import { synthesize } from '../../../cli/rehearsing/synth.ts'
import { openWorld } from '../../../cli/rehearsing/world.ts'
import { createScreen } from '../../../cli/view/screen.ts'
import { PLAIN } from '../../../cli/view/style.ts'
import type { Application } from '../../../domain/application.ts'
import type { Service } from '../../../rehearsal/aws/service.ts'
import type { Rehearsal } from '../../../rehearsal/index.ts'

export const FILE = resolve(import.meta.dirname, '../../../apps/demo.yaml')

/** An account with the demo's fleet in it, and the stack that releases it: nothing is wrong there. */
export interface Account {
  rehearsal: Rehearsal
  application: Application
  /** What the doctor says, and with which code it ends. */
  doctor(...args: string[]): Promise<{ code: number; said: string; noted: string[] }>
  diagnosis(...args: string[]): Promise<{ passed: number; failed: number; findings: Finding[] }>
  /** Lets AWS time pass; it stands otherwise. */
  pass(ms: number): Promise<void>
  close(): Promise<void>
}

/** After so long, AWS takes as many calls at once as it ever does. */
const CALM_MS = 10_000

export async function openAccount(): Promise<Account> {
  const read = readApplication(FILE)
  if (read.kind === 'invalid') throw new Error(read.mistakes.join('\n'))
  const { application } = read
  const { directory: assembly } = await synthesize([FILE])
  const { rehearsal } = await openWorld({ file: FILE, application, assembly, drive: 'jump', usersPerSecond: 0 })
  const { clock } = rehearsal
  let release = clock.hold('the test')
  const pass = async (ms: number) => {
    release()
    await clock.sleep(ms)
    release = clock.hold('the test')
  }
  const doctor: Account['doctor'] = async (...args) => {
    let said = ''
    const noted: string[] = []
    const write = (text: string) => {
      said += text
    }
    const terminal = { screen: createScreen({ write }), style: PLAIN, note: (line: string) => void noted.push(line) }
    const code = await runCommand(['doctor', ...args], terminal)
    await pass(CALM_MS)
    return { code, said, noted }
  }
  return {
    rehearsal,
    application,
    doctor,
    diagnosis: async (...args) => JSON.parse((await doctor(FILE, '--json', ...args)).said),
    pass,
    async close() {
      release()
      await rehearsal.stop()
    },
  }
}

/** Has a service answer otherwise, until what this returns is called. */
export function answers<T>(
  service: Service,
  operation: string,
  change: (told: T, input: never) => unknown,
): () => void {
  const { [operation]: run } = service.operations
  if (!run) throw new Error(`${service.signingName}:${operation} is not rehearsed`)
  service.operations[operation] = async (input, caller) => {
    const told = structuredClone(await run(input, caller))
    return (change(told as T, input as never) ?? told) as object
  }
  return () => {
    service.operations[operation] = run
  }
}
