import jsonata from 'jsonata'
import { expressionIn } from './expression.ts'

/** What an expression breaks at creation: its syntax, or a part of `$states` that its field does not have. */
export function expressionProblems(template: unknown, path: string, sees: string[]): { message: string; at: string }[] {
  const expression = expressionIn(template)
  if (expression !== undefined) return oneExpression(expression, sees).map(message => ({ message, at: path }))
  if (template === null || typeof template !== 'object') return []
  return Object.entries(template).flatMap(([key, value]) => expressionProblems(value, `${path}/${key}`, sees))
}

function oneExpression(expression: string, sees: string[]): string[] {
  let tree: unknown
  try {
    tree = jsonata(expression).ast()
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string }
    return [`The JSONata expression '${expression}' is not valid: ${code ?? ''} ${message ?? ''}`.trim()]
  }
  return partsOfStates(tree)
    .filter(part => !sees.includes(part))
    .map(part => `The JSONata expression '${expression}' uses '$states.${part}', which is not available in this field`)
}

const LIMITED_PARTS = ['result', 'errorOutput']

function partsOfStates(node: unknown): string[] {
  if (node === null || typeof node !== 'object') return []
  const inside = Object.values(node).flatMap(partsOfStates)
  if (!('steps' in node) || !Array.isArray(node.steps)) return inside
  const [first, second] = node.steps as { type?: string; value?: string }[]
  const part =
    first?.type === 'variable' && first.value === 'states' && second?.type === 'name' ? second.value : undefined
  return part && LIMITED_PARTS.includes(part) ? [part, ...inside] : inside
}

const LONGEST_NAME = 80
const IDENTIFIER = /^[\p{ID_Start}_][\p{ID_Continue}]*$/u

/** Why a name cannot be assigned to; undefined when it can. */
export function variableProblem(name: string, outer: ReadonlySet<string>): string | undefined {
  if (name === 'states') return "The variable name 'states' is reserved"
  if (name.length > LONGEST_NAME || !IDENTIFIER.test(name)) return `The variable name '${name}' is not valid`
  if (outer.has(name)) return `The variable '${name}' is already defined in an outer scope`
  return undefined
}

/** Every name that a state, its choice rules or its catchers assign; not what states inside it assign. */
export function assignedIn(state: Record<string, unknown>): { names: string[]; at: string }[] {
  const own = [{ assign: state.Assign, at: '/Assign' }]
  for (const field of ['Choices', 'Catch']) {
    const list = state[field]
    if (!Array.isArray(list)) continue
    for (const [index, entry] of list.entries()) own.push({ assign: entry?.Assign, at: `/${field}[${index}]/Assign` })
  }
  return own.flatMap(({ assign, at }) =>
    assign !== null && typeof assign === 'object' ? [{ names: Object.keys(assign), at }] : [],
  )
}
