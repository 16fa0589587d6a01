import { InvalidDefinition, type Machine, type Problem } from '../../asl/definition.ts'
import { loadDefinition } from '../../asl/load.ts'
import type { Clock } from '../../clock.ts'
import { AwsError, arn } from '../service.ts'
import { notRehearsed } from '../wire/endpoint.ts'
import { resourceProblems } from './resources.ts'

/** One revision of a state machine, as an execution started from it keeps it. */
export interface Revision {
  stateMachineArn: string
  /** Only when it was asked for by its version. */
  versionArn: string | undefined
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
}

export class Machines {
  readonly #clock: Clock
  readonly #latest = new Map<string, Revision>()
  readonly #versions = new Map<string, Revision[]>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Creates a state machine; the same again is the same state machine. */
  create({ name, definition, roleArn }: NewStateMachine): { stateMachineArn: string } {
    checkName(name)
    const stateMachineArn = arn('states', `stateMachine:${name}`)
    const existing = this.#latest.get(stateMachineArn)
    if (existing && (existing.definition !== definition || existing.roleArn !== roleArn)) {
      throw new AwsError('StateMachineAlreadyExists', `State Machine Already Exists: '${stateMachineArn}'`)
    }
    if (existing) return { stateMachineArn }
    const machine = loaded(definition)
    const created = new Date(this.#clock.now())
    this.#latest.set(stateMachineArn, {
      stateMachineArn,
      versionArn: undefined,
      name,
      roleArn,
      definition,
      machine,
      created,
    })
    return { stateMachineArn }
  }

  /** Publishes the current revision; a revision that is published already keeps its version. */
  publish(stateMachineArn: string): string {
    const revision = this.find(stateMachineArn)
    const versions = this.#versions.get(stateMachineArn) ?? []
    const published = versions.find(
      ({ definition, roleArn }) => definition === revision.definition && roleArn === revision.roleArn,
    )
    if (published?.versionArn) return published.versionArn
    const versionArn = `${stateMachineArn}:${versions.length + 1}`
    this.#versions.set(stateMachineArn, [
      ...versions,
      { ...revision, versionArn, created: new Date(this.#clock.now()) },
    ])
    return versionArn
  }

  /** Finds what a state machine ARN or a version ARN stands for. */
  find(wanted: string): Revision {
    const parts = /^(arn:aws[\w-]*:states:[\w-]+:\d{12}:stateMachine:[^:]+)(?::(\d+))?$/.exec(wanted)
    if (!parts?.[1]) {
      if (/:stateMachine:[^:]+:[^:]+$/.test(wanted)) throw notRehearsed(`states alias ${wanted}`)
      throw new AwsError('InvalidArn', `Invalid Arn: '${wanted}'`)
    }
    const found = parts[2]
      ? this.#versions.get(parts[1])?.find(({ versionArn }) => versionArn === wanted)
      : this.#latest.get(wanted)
    if (!found) throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${wanted}'`)
    return found
  }
}

function loaded(definition: string): Machine {
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
// biome-ignore lint/suspicious/noControlCharactersInRegex: AWS forbids them in names.
const FORBIDDEN = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f\ufffe\uffff\ud800-\udfff]/

export function checkName(name: string): void {
  if (name === '' || name.length > LONGEST_NAME || FORBIDDEN.test(name)) {
    throw new AwsError('InvalidName', `Invalid Name: '${name}'`)
  }
}
