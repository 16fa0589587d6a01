import { InvalidDefinition, type Machine, type Problem } from '../../asl/definition.ts'
import { loadDefinition } from '../../asl/load.ts'
import type { Clock } from '../../clock.ts'
import { tail } from '../letters.ts'
import { AwsError, arn } from '../service.ts'
import { length } from '../wire/constraints.ts'
import { notRehearsed } from '../wire/endpoint.ts'
import { demandUsableRole, type MachineRoles } from './execution-role.ts'
import { resourceProblems } from './resources.ts'

/** One revision of a state machine, as an execution started from it keeps it. */
export interface Revision {
  stateMachineArn: string
  /** Only when it was asked for by its version. */
  versionArn: string | undefined
  /** Another with every update, even with one back to what was. */
  revisionId: string
  name: string
  roleArn: string
  definition: string
  machine: Machine
  created: Date
}

export interface NewStateMachine {
  name: string
  definition: string
  roleArn: string
  /** Whether it writes its executions to a log. */
  isLogged?: boolean
}

export interface Created {
  stateMachineArn: string
  revisionId: string
}

export class Machines {
  readonly #clock: Clock
  readonly #latest = new Map<string, Revision>()
  readonly #versions = new Map<string, Revision[]>()
  /** How often each machine was published: a version's number is never used again. */
  readonly #published = new Map<string, number>()
  #revisions = 0

  readonly #iam: MachineRoles

  constructor(clock: Clock, iam: MachineRoles) {
    this.#clock = clock
    this.#iam = iam
  }

  /** Creates a state machine; the same again is the same state machine. */
  create(given: NewStateMachine): Created {
    checkName(given.name)
    const stateMachineArn = arn('states', `stateMachine:${given.name}`)
    const existing = this.#latest.get(stateMachineArn)
    if (existing && (existing.definition !== given.definition || existing.roleArn !== given.roleArn)) {
      throw new AwsError('StateMachineAlreadyExists', `State Machine Already Exists: '${stateMachineArn}'`)
    }
    return createdOf(existing ?? this.#revise(stateMachineArn, given))
  }

  /** What starts from now on runs this; executions and versions keep what they have. */
  update(stateMachineArn: string, given: Omit<NewStateMachine, 'name'>): Created {
    const { name } = this.find(stateMachineArn)
    return createdOf(this.#revise(stateMachineArn, { ...given, name }))
  }

  #revise(stateMachineArn: string, given: NewStateMachine): Revision {
    const { name, roleArn, definition } = given
    const machine = loaded(definition)
    demandUsableRole(this.#iam, { stateMachineArn, roleArn, definition, isLogged: given.isLogged === true })
    const revision: Revision = {
      ...{ stateMachineArn, versionArn: undefined, name, roleArn, definition, machine },
      revisionId: tail(`${stateMachineArn}/${this.#revisions++}`, 32).toLowerCase(),
      created: new Date(this.#clock.now()),
    }
    this.#latest.set(stateMachineArn, revision)
    return revision
  }

  /** Publishes the current revision; a revision that is published already keeps its version. */
  publish(stateMachineArn: string): string {
    const revision = this.find(stateMachineArn)
    const versions = this.versionsOf(stateMachineArn)
    const published = versions.find(({ revisionId }) => revisionId === revision.revisionId)
    if (published?.versionArn) return published.versionArn
    const number = (this.#published.get(stateMachineArn) ?? 0) + 1
    this.#published.set(stateMachineArn, number)
    const versionArn = `${stateMachineArn}:${number}`
    const version = { ...revision, versionArn, created: new Date(this.#clock.now()) }
    this.#versions.set(stateMachineArn, [version, ...versions])
    return versionArn
  }

  /** Each as it was last revised. */
  get all(): readonly Revision[] {
    return [...this.#latest.values()]
  }

  /** The newest first. */
  versionsOf(stateMachineArn: string): readonly Revision[] {
    return this.#versions.get(stateMachineArn) ?? []
  }

  /** Whoever runs it goes on; nobody can start it any more. One that is not there is none either way. */
  deleteVersion(versionArn = ''): void {
    const { machineArn, number } = partsOf(versionArn)
    if (number === undefined) throw new AwsError('InvalidArn', `Invalid Arn: '${versionArn}'`)
    const others = this.versionsOf(machineArn).filter(version => version.versionArn !== versionArn)
    this.#versions.set(machineArn, [...others])
  }

  /** Whatever runs goes on; one that is not there is none either way. */
  delete(stateMachineArn: string): void {
    this.#latest.delete(stateMachineArn)
    this.#versions.delete(stateMachineArn)
  }

  /** Finds what a state machine ARN or a version ARN stands for. */
  find(wanted: string): Revision {
    const { machineArn, number } = partsOf(wanted)
    const found =
      number === undefined
        ? this.#latest.get(wanted)
        : this.versionsOf(machineArn).find(({ versionArn }) => versionArn === wanted)
    if (!found) throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${wanted}'`)
    return found
  }
}

const createdOf = ({ stateMachineArn, revisionId }: Revision): Created => ({ stateMachineArn, revisionId })

function partsOf(wanted: string): { machineArn: string; number: string | undefined } {
  const [, machineArn, number] =
    /^(arn:aws[\w-]*:states:[\w-]+:\d{12}:stateMachine:[^:]+)(?::(\d+))?$/.exec(wanted) ?? []
  if (machineArn) return { machineArn, number }
  if (/:stateMachine:[^:]+:[^:]+$/.test(wanted)) throw notRehearsed(`states alias ${wanted}`)
  throw new AwsError('InvalidArn', `Invalid Arn: '${wanted}'`)
}

function loaded(definition: string): Machine {
  length('definition', definition, 1, LARGEST_DEFINITION)
  try {
    const machine = loadDefinition(definition)
    const problems: Problem[] = resourceProblems(machine)
    if (problems.length > 0) throw new InvalidDefinition(problems)
    return machine
  } catch (error) {
    if (error instanceof InvalidDefinition) throw new AwsError('InvalidDefinition', error.message)
    throw error
  }
}

const LONGEST_NAME = 80
const LARGEST_DEFINITION = 1_048_576
// biome-ignore lint/suspicious/noControlCharactersInRegex: AWS forbids them in names.
const FORBIDDEN = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f\ufffe\uffff\ud800-\udfff]/

export function checkName(name: string): void {
  if (name === '' || name.length > LONGEST_NAME || FORBIDDEN.test(name)) {
    throw new AwsError('InvalidName', `Invalid Name: '${name}'`)
  }
}
