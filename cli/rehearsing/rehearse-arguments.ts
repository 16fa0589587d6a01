import { readApplication } from '../../apps/read.ts'
import type { Application } from '../../domain/application.ts'
import { isRestorable } from '../../domain/database-choice.ts'
import { parsed, UsageError } from '../arguments.ts'
import { type Fault, readFault } from '../faults/catalogue.ts'
import { type Answering, nobody, only } from './approvers.ts'
import { DEFAULT_SCENARIO, SCENARIOS, type Scenario } from './scenarios.ts'

export const USAGE = `usage: npm run rehearse -- <app.yaml> [--scenario NAME] [--drive paced|jump] [--speed N] [--fault NAME:KIND] [--approve NAME|none] [--json]
scenarios: ${Object.keys(SCENARIOS).join(', ')}`

export interface RehearseArguments {
  file: string
  application: Application
  scenarioName: string
  scenario: Scenario
  drive: 'paced' | 'jump'
  /** AWS seconds a second; `paced` only. */
  speed: number
  fault?: Fault
  /** What approvers do; absent: as the scenario says. */
  answering?: Answering
  json: boolean
}

const OPTIONS = {
  scenario: { type: 'string' },
  drive: { type: 'string' },
  speed: { type: 'string' },
  fault: { type: 'string' },
  approve: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const

const DEFAULT_SPEED = 60
/** Beyond it a function's cold start takes longer than the heartbeats of the states that wait. */
const FASTEST = 120

/** Throws a UsageError that names what is known, or an Error with the mistakes of the application file. */
export function readRehearseArguments(args: string[]): RehearseArguments {
  const { values, positionals } = parsed(args, OPTIONS, USAGE, 1)
  const [file] = positionals
  if (file === undefined) throw new UsageError(`names no application file\n${USAGE}`)
  const { scenario, scenarioName } = named(values.scenario)
  const drive = values.drive ?? scenario.drive ?? 'paced'
  if (drive !== 'paced' && drive !== 'jump') throw new UsageError(`--drive ${drive}: write paced or jump`)
  if (drive === 'jump' && values.speed !== undefined)
    throw new UsageError('--speed: --drive jump has no speed; take one of them out')
  const fault = values.fault === undefined ? undefined : readFault(values.fault)
  if (fault?.kind === 'refused') throw new UsageError(fault.because)
  if (drive === 'paced' && (fault?.fault.kind === 'outlive' || fault?.fault.kind === 'arrive-late'))
    throw new UsageError(`--fault ${values.fault}: a function hangs for as long as AWS's clock says; take --drive jump`)
  const application = validApplication(file)
  const answering = values.approve === undefined ? undefined : answeringOf(values.approve, application)
  const lacking = lackOf(scenario, application)
  if (lacking) throw new UsageError(`--scenario ${scenarioName}: ${file} ${lacking}, or take another scenario`)
  return {
    ...{ scenario, scenarioName, file, application, drive, speed: speedOf(values.speed), json: values.json },
    ...(fault && { fault: fault.fault }),
    ...(answering && { answering }),
  }
}

/** What the application lacks of what a scenario needs, and how to mend it; undefined: nothing. */
export function lackOf({ needs }: Scenario, application: Application): string | undefined {
  return (needs && LACKING[needs](application)) || undefined
}

const LACKING: Record<NonNullable<Scenario['needs']>, (application: Application) => string | false> = {
  approval: ({ stages }) => !stages.at(-1)?.approval && 'asks nobody at its last stage; give that an approval',
  snapshot: ({ stages }) =>
    !isRestorable(stages[0]?.backup) && 'makes no snapshot at its first stage; give that a backup of kind rds-instance',
  migration: ({ stages }) => !stages[0]?.migrate && 'migrates nothing at its first stage; give that a migrate',
  'blue-green': application =>
    greensOf(application) < 1 && 'has no blue-green service at its last stage; give one that strategy',
  several: application =>
    greensOf(application) < 2 && 'has no two blue-green services at its last stage; give two that strategy',
  watch: ({ stages }) =>
    !stages.at(-1)?.watch?.errorRate && 'watches no error rate at its last stage; give that a watch with errorRate',
  alarm: ({ stages }) =>
    !stages.at(-1)?.watch?.alarms.length && 'watches no alarm at its last stage; give that a watch with alarms',
  after: ({ stages }) =>
    !stages.at(-1)?.after.length &&
    'does nothing after its last stage; give that an after with a cloudfront-invalidation',
  freeze: ({ stages }) =>
    !stages.at(-1)?.freeze?.length && 'is never frozen at its last stage; give that the freeze of apps/demo.yaml',
  staging: ({ stages }) =>
    (stages[0]?.approval || !stages.at(-1)?.approval) &&
    'has no stage that asks nobody before one that asks; begin with one without approval',
  queue: ({ stages, trigger }) =>
    (trigger.queue !== 'queue' || !stages.at(-1)?.approval) &&
    'has no approval at its last stage that releases queue for; write trigger.queue: queue',
  reject: ({ stages, trigger }) =>
    (trigger.queue !== 'reject' || !stages.at(-1)?.approval) &&
    'takes several releases at a time, or asks nobody at its last stage; write trigger.queue: reject',
}

const greensOf = ({ stages }: Application): number =>
  (stages.at(-1)?.services ?? []).filter(({ strategy }) => strategy === 'blue-green').length

/** Who approves, by name; `none`: nobody. */
function answeringOf(name: string, { stages }: Application): Answering {
  if (name === 'none') return nobody
  const names = stages.flatMap(({ approval }) => approval?.approvers.map(approver => approver.name) ?? [])
  if (names.includes(name)) return only(name)
  throw new UsageError(`--approve ${name}: is no approver; write ${[...new Set(names), 'none'].join(' or ')}`)
}

export function named(scenarioName = DEFAULT_SCENARIO): { scenarioName: string; scenario: Scenario } {
  const scenario = Object.hasOwn(SCENARIOS, scenarioName) ? SCENARIOS[scenarioName] : undefined
  if (!scenario)
    throw new UsageError(`--scenario ${scenarioName}: is not known; write one of ${Object.keys(SCENARIOS).join(', ')}`)
  return { scenarioName, scenario }
}

export function speedOf(text: string | undefined): number {
  const speed = Number(text ?? DEFAULT_SPEED)
  if (speed >= 1 && speed <= FASTEST) return speed
  throw new UsageError(`--speed ${text}: write how many AWS seconds pass in a second, 1 to ${FASTEST}`)
}

export function validApplication(file: string): Application {
  const read = readApplication(file)
  if (read.kind === 'valid') return pushable(file, read.application)
  throw new Error(read.mistakes.map(mistake => `${file}: ${mistake}`).join('\n'))
}

/** The scenarios push tags like v2: a trigger that does not match them would be waited for in vain. */
function pushable(file: string, application: Application): Application {
  const { tags } = application.trigger
  if (new RegExp(tags).test('v2')) return application
  throw new Error(`${file}: trigger.tags: ${JSON.stringify(tags)}: a rehearsal pushes the tag v2; let it match`)
}
