import type { Json, Problem, States, TaskState } from '../../asl/definition.ts'

interface Supported {
  required: string[]
  optional: string[]
}

const LAMBDA: Supported = { required: ['FunctionName'], optional: ['Payload', 'Qualifier'] }
const EXECUTION: Supported = { required: ['StateMachineArn'], optional: ['Input', 'Name', 'TraceHeader'] }

const EVENTS: Supported = { required: ['Entries'], optional: [] }

const SUPPORTED: Record<string, Supported> = {
  'arn:aws:states:::lambda:invoke': LAMBDA,
  'arn:aws:states:::lambda:invoke.waitForTaskToken': LAMBDA,
  'arn:aws:states:::states:startExecution.sync:2': EXECUTION,
  'arn:aws:states:::events:putEvents.waitForTaskToken': EVENTS,
}

/** The tasks of a definition that this service does not do, by state and resource. */
export function resourceProblems(block: States, at = ''): Problem[] {
  return Object.entries(block.States).flatMap(([name, state]) => {
    const where = `${at}/States/${name}`
    if (state.Type === 'Task') return taskProblems(name, state, where)
    if (state.Type === 'Map') return resourceProblems(state.ItemProcessor, `${where}/ItemProcessor`)
    if (state.Type !== 'Parallel') return []
    return state.Branches.flatMap((branch, index) => resourceProblems(branch, `${where}/Branches[${index}]`))
  })
}

function taskProblems(name: string, state: TaskState, at: string): Problem[] {
  const code = 'SCHEMA_VALIDATION_FAILED'
  const supported = SUPPORTED[state.Resource]
  if (!supported) {
    const message = `The state '${name}' uses a resource that is not rehearsed: ${state.Resource}`
    return [{ kind: 'unsupported', code, message, at }]
  }
  const credentials: Problem[] = state.Credentials
    ? [{ kind: 'unsupported', code, message: `The state '${name}' uses Credentials, which are not rehearsed`, at }]
    : []
  return [...credentials, ...argumentProblems(state.Arguments, supported, `${at}/Arguments`)]
}

function argumentProblems(given: Json | undefined, { required, optional }: Supported, at: string): Problem[] {
  // What an expression returns is known only when it runs.
  if (given === undefined || given === null || typeof given !== 'object' || Array.isArray(given)) return []
  const missing = required.filter(field => !(field in given))
  const unknown = Object.keys(given).filter(field => !required.includes(field) && !optional.includes(field))
  return [
    ...missing.map(field => `The field '${field}' is required but was missing`),
    ...unknown.map(field => `The field '${field}' is not supported`),
  ].map(message => ({ kind: 'invalid', code: 'SCHEMA_VALIDATION_FAILED', message, at }))
}
