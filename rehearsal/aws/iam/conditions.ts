import { z } from 'zod'
import { notRehearsed } from '../wire/endpoint.ts'
import { likeArn, likeText, type Pattern } from './patterns.ts'

/** What a request says about itself: condition key, in lower case → its values. */
export type Context = Readonly<Record<string, string | readonly string[]>>

export type Condition = (context: Context) => boolean

export const oneOrMore = z.union([z.string().transform(one => [one]), z.array(z.string())])

/** Operator → key → values. */
export const conditionBlock = z.record(z.string(), z.record(z.string(), oneOrMore)).default({})

const OPERATORS: Readonly<Record<string, (wanted: string) => Pattern>> = {
  ArnEquals: likeArn,
  ArnLike: likeArn,
  StringEquals: wanted => value => value === wanted,
  StringLike: likeText,
  Bool: wanted => value => value === wanted.toLowerCase(),
}

/** All of a statement's conditions: one on a key that the request does not have does not hold. An operator, or a key not in `keys`, is refused by name. */
export function compileConditions(block: z.output<typeof conditionBlock>, keys: readonly string[]): Condition {
  const conditions = Object.entries(block).flatMap(([operator, wanted]) =>
    Object.entries(wanted).map(([key, values]) => compile(operator, key, values, keys)),
  )
  return context => conditions.every(holds => holds(context))
}

function compile(operator: string, key: string, values: string[], keys: readonly string[]): Condition {
  const compilePattern = OPERATORS[operator]
  if (!compilePattern) throw notRehearsed(`the condition operator ${operator}`)
  const name = key.toLowerCase()
  if (!keys.includes(name)) throw notRehearsed(`the condition key ${key}`)
  values.forEach(refuseVariables)
  const patterns = values.map(compilePattern)
  return context => {
    const given = context[name]
    const present = given === undefined ? [] : [given].flat()
    return present.some(value => patterns.some(fits => fits(value)))
  }
}

export function refuseVariables(text: string): void {
  const [variable] = /\$\{[^}]*\}/.exec(text) ?? []
  if (variable) throw notRehearsed(`the policy variable ${variable}`)
}
