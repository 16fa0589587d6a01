import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** List prices in eu-west-1, in dollars, without free tiers. */
const TRANSITION = 0.025 / 1_000
const INVOCATION = 0.2 / 1_000_000
const ARM_GB_SECOND = 0.0000133334

export interface Cost {
  dollars: number
  transitions: number
  invocations: number
  lambdaSeconds: number
}

/** What the state transitions and the functions' own reports come to on AWS. */
export function costOf(transitions: number, logDir: string): Cost {
  const reports = functionReports(logDir)
  const gigabyteSeconds = reports.reduce((sum, { seconds, megabytes }) => sum + (seconds * megabytes) / 1024, 0)
  return {
    dollars: transitions * TRANSITION + reports.length * INVOCATION + gigabyteSeconds * ARM_GB_SECOND,
    transitions,
    invocations: reports.length,
    lambdaSeconds: reports.reduce((sum, { seconds }) => sum + seconds, 0),
  }
}

const REPORT = /^REPORT RequestId: \S+\tDuration: ([\d.]+) ms\tMemory Size: (\d+) MB/gm

/** The line that Lambda writes into a function's log stream after each invocation. */
function functionReports(logDir: string): { seconds: number; megabytes: number }[] {
  return readdirSync(logDir, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .flatMap(log => [...log.matchAll(REPORT)])
    .map(([, ms, megabytes]) => ({ seconds: Number(ms) / 1000, megabytes: Number(megabytes) }))
}

export function inDollars({ dollars, transitions, invocations, lambdaSeconds }: Cost): string {
  return (
    `about $${dollars.toFixed(4)}: ${transitions} state transitions at $0.025 per 1,000, ` +
    `${invocations} Lambda invocations of ${lambdaSeconds.toFixed(1)} s together`
  )
}
