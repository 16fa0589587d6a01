import { AwsError } from '../service.ts'

interface Violation {
  /** The member as AWS names it: `stopType`, `containerDefinitions.1.member.name`. */
  path: string
  value: unknown
  constraint: string
}

/**
 * Says what the SDK's schemas do not know: enums, ranges, lengths, patterns. An absent value passes; the schemas know
 * what is required. Its own name and words are those of most services; the gateway puts it as the service at hand does.
 */
export class ConstraintViolation extends AwsError {
  readonly violations: readonly Violation[]

  constructor(...violations: Violation[]) {
    const found = violations.map(
      ({ path, value, constraint }) => `Value ${shown(value)} at '${path}' failed to satisfy constraint: ${constraint}`,
    )
    const count = found.length === 1 ? '1 validation error' : `${found.length} validation errors`
    super('ValidationException', `${count} detected: ${found.join('; ')}`)
    this.violations = violations
  }
}

/** `allowed` is the SDK's enum object (`StopType`) or a list. */
export function oneOf(path: string, value: string | undefined, allowed: object | readonly string[]): void {
  const values: unknown[] = Object.values(allowed)
  if (value !== undefined && !values.includes(value))
    violated(path, value, `Member must satisfy enum value set: [${values.join(', ')}]`)
}

export function range(path: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined) return
  if (value < least) violated(path, value, `Member must have value greater than or equal to ${least}`)
  if (value > most) violated(path, value, `Member must have value less than or equal to ${most}`)
}

/** The length of a string in characters, or of a list in members. */
export function length(
  path: string,
  value: string | readonly unknown[] | undefined,
  least: number,
  most = Infinity,
): void {
  if (value === undefined) return
  if (value.length < least) violated(path, value, `Member must have length greater than or equal to ${least}`)
  if (value.length > most) violated(path, value, `Member must have length less than or equal to ${most}`)
}

/** The whole value must match, as in AWS's models. */
export function pattern(path: string, value: string | undefined, expression: RegExp): void {
  if (value === undefined) return
  const whole = new RegExp(`^(?:${expression.source})$`, expression.flags)
  if (!whole.test(value)) violated(path, value, `Member must satisfy regular expression pattern: ${expression.source}`)
}

/** For members that the schema lets be absent and the service does not. */
export function required(path: string, value: unknown): void {
  if (value === undefined || value === null) violated(path, undefined, 'Member must not be null')
}

function violated(path: string, value: unknown, constraint: string): never {
  throw new ConstraintViolation({ path, value, constraint })
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return 'null'
  return Array.isArray(value) ? `'[${value.map(String).join(', ')}]'` : `'${value}'`
}
