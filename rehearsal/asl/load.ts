import { InvalidDefinition, type Machine, type Problem } from './definition.ts'
import * as rules from './rules.ts'
import * as check from './state-checks.ts'
import { type Fields, type Found, invalid, isFields } from './state-checks.ts'
import { assignedIn, variableProblem } from './variables.ts'

const LONGEST_DEFINITION = 1_048_576
const LONGEST_STATE_NAME = 80

/**
 * Reads a definition, or throws {@link InvalidDefinition} with everything that AWS refuses about it and everything that
 * this engine does not run: JSONPath, Distributed Map, activities.
 */
export function loadDefinition(text: string): Machine {
  if (Buffer.byteLength(text) > LONGEST_DEFINITION) {
    throw new InvalidDefinition([unreadable(`The definition is longer than ${LONGEST_DEFINITION} bytes`)])
  }
  const machine = parsed(text)
  const problems: Problem[] = [...machineProblems(machine)].map(found => ({
    code: 'SCHEMA_VALIDATION_FAILED',
    ...found,
  }))
  if (problems.length > 0) throw new InvalidDefinition(problems)
  return machine as Machine
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new InvalidDefinition([unreadable((error as Error).message)])
  }
}

function unreadable(message: string): Problem {
  return { kind: 'invalid', code: 'INVALID_JSON_DESCRIPTION', message, at: '' }
}

/** What holds for all states around one. */
interface Surroundings {
  language: unknown
  /** The names of all states so far: they are unique in the whole machine. */
  names: Set<string>
  /** The variables that outer scopes assign. */
  outer: ReadonlySet<string>
}

function* machineProblems(machine: unknown): Generator<Found> {
  if (!isFields(machine)) return yield invalid('The definition must be an object', '')
  yield* check.known(machine, rules.MACHINE_FIELDS, '')
  yield* check.number(machine, 'TimeoutSeconds', rules.MACHINE_TIMEOUT, '')
  const language = machine.QueryLanguage ?? 'JSONPath'
  if (language !== 'JSONPath' && language !== 'JSONata') {
    yield invalid(`The field 'QueryLanguage' can not be '${language}'`, '')
  }
  yield* blockProblems(machine, '', { language, names: new Set(), outer: new Set() })
}

function* blockProblems(block: Fields, at: string, around: Surroundings): Generator<Found> {
  yield* check.required(block, ['StartAt', 'States'], at)
  if (!isFields(block.States)) return
  for (const [name, state] of Object.entries(block.States)) {
    const where = `${at}/States/${name}`
    if (name.length > LONGEST_STATE_NAME) {
      yield invalid(`A state's name has at most ${LONGEST_STATE_NAME} characters`, where)
    }
    if (around.names.has(name)) yield invalid(`Duplicate state name: ${name}`, where, 'DUPLICATE_STATE_NAME')
    around.names.add(name)
    if (!isFields(state)) yield invalid('A state must be an object', where)
    else yield* stateProblems(name, state, where, around, block.States)
  }
  yield* check.transitions(block.States, block.StartAt, at)
}

function* stateProblems(
  name: string,
  state: Fields,
  at: string,
  around: Surroundings,
  siblings: Fields,
): Generator<Found> {
  const fields = rules.STATE_FIELDS[state.Type as string]
  if (!fields) return yield invalid(`The field 'Type' can not be '${state.Type}'`, at)
  const language = state.QueryLanguage ?? around.language
  if (language === 'JSONPath') return yield jsonPath(name, at, around.language)
  if (language !== 'JSONata') return yield invalid(`The field 'QueryLanguage' can not be '${language}'`, at)
  yield* check.known(state, [...rules.COMMON_FIELDS, ...fields], at)
  yield* check.required(state, rules.REQUIRED[state.Type as string] ?? [], at)
  yield* check.values(state, at)
  yield* check.handlers(state, at)
  yield* assignments(state, at, around.outer)
  if (fields.includes('End')) yield* check.endOrNext(state, at)
  if (state.Type === 'Task') yield* check.task(name, state, at)
  if (state.Type === 'Choice') yield* check.choices(state, at)
  if (state.Type === 'Wait') yield* check.wait(state, at)
  // What the state assigns itself, it assigns after its branches have ended: AWS lets them use these names.
  const others = Object.fromEntries(Object.entries(siblings).filter(([other]) => other !== name))
  const inside = { ...around, outer: new Set([...around.outer, ...assignedBy(others)]) }
  if (state.Type === 'Map') yield* mapProblems(name, state, at, inside)
  if (state.Type === 'Parallel') yield* parallelProblems(state, at, inside)
}

function jsonPath(name: string, at: string, around: unknown): Found {
  return around === 'JSONata'
    ? invalid("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine", at)
    : { kind: 'unsupported', message: `The state '${name}' uses JSONPath, which is not rehearsed`, at }
}

function* assignments(state: Fields, at: string, outer: ReadonlySet<string>): Generator<Found> {
  for (const { names, at: where } of assignedIn(state)) {
    for (const name of names) {
      const problem = variableProblem(name, outer)
      if (problem) yield invalid(problem, at + where)
    }
  }
}

function assignedBy(states: Fields): string[] {
  return Object.values(states).flatMap(state =>
    isFields(state) ? assignedIn(state).flatMap(({ names }) => names) : [],
  )
}

function* mapProblems(name: string, state: Fields, at: string, around: Surroundings): Generator<Found> {
  const processor = state.ItemProcessor
  if (!isFields(processor)) return
  const config = isFields(processor.ProcessorConfig) ? processor.ProcessorConfig : {}
  const distributed = rules.DISTRIBUTED_FIELDS.filter(field => state[field] !== undefined)
  if (config.Mode === 'DISTRIBUTED') distributed.unshift('Mode DISTRIBUTED')
  if (distributed.length > 0) {
    const message = `The state '${name}' is a Distributed Map (${distributed.join(', ')}), which is not rehearsed`
    return yield { kind: 'unsupported', message, at }
  }
  if (config.Mode !== undefined && config.Mode !== 'INLINE') {
    yield invalid(`The field 'Mode' can not be '${config.Mode}'`, `${at}/ItemProcessor/ProcessorConfig`)
  }
  yield* innerProblems(processor, `${at}/ItemProcessor`, around)
}

function* parallelProblems(state: Fields, at: string, around: Surroundings): Generator<Found> {
  if (!Array.isArray(state.Branches) || state.Branches.length === 0) {
    return yield invalid("The field 'Branches' must be a non-empty array", at)
  }
  for (const [index, branch] of state.Branches.entries()) {
    if (isFields(branch)) yield* innerProblems(branch, `${at}/Branches[${index}]`, around)
    else yield invalid('A branch must be an object', `${at}/Branches[${index}]`)
  }
}

function* innerProblems(block: Fields, at: string, around: Surroundings): Generator<Found> {
  yield* check.known(block, rules.BLOCK_FIELDS, at)
  yield* blockProblems(block, at, around)
}
