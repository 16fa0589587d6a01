import { AwsError } from '../service.ts'

/**
 * What the SDK's schemas do not know: enums, ranges, lengths, patterns. `path` is the member as AWS names it
 * (`stopType`, `containerDefinitions.1.member.name`). An absent value passes; the schemas know what is required.
 * The error is `ValidationException` with AWS's words; the gateway gives it the name that the service uses for it.
 */
export class ConstraintViolation extends AwsError {
  constructor(path: string, value: unknown, constraint: string) {
    super(
      'ValidationException',
      `1 validation error detected: Value ${shown(value)} at '${path}' failed to satisfy constraint: ${constraint}`,
    )
  }
}

/** `allowed` is the SDK's enum object (`StopType`) or a list. */
export function oneOf(path: string, value: string | undefined, allowed: Record<string, string> | readonly string[]) {
  if (value === undefined) return
  const values = Object.values(allowed)
  if (!values.includes(value))
    throw new ConstraintViolation(path, value, `Member must satisfy enum value set: [${values.join(', ')}]`)
}

export function range(path: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined) return
  if (value < least)
    throw new ConstraintViolation(path, value, `Member must have value greater than or equal to ${least}`)
  if (value > most) throw new ConstraintViolation(path, value, `Member must have value less than or equal to ${most}`)
}

/** The length of a string in characters, or of a list in members. */
export function length(path: string, value: string | readonly unknown[] | undefined, least: number, most: number) {
  if (value === undefined) return
  if (value.length < least)
    throw new ConstraintViolation(path, value, `Member must have length greater than or equal to ${least}`)
  if (value.length > most)
    throw new ConstraintViolation(path, value, `Member must have length less than or equal to ${most}`)
}

/** The whole value must match, as in AWS's models. */
export function pattern(path: string, value: string | undefined, expression: RegExp): void {
  if (value === undefined) return
  const whole = new RegExp(`^(?:${expression.source})$`, expression.flags)
  if (!whole.test(value))
    throw new ConstraintViolation(path, value, `Member must satisfy regular expression pattern: ${expression.source}`)
}

export function required(path: string, value: unknown): void {
  if (value === undefined || value === null) throw new ConstraintViolation(path, undefined, 'Member must not be null')
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return 'null'
  return Array.isArray(value) ? `'[${value.map(String).join(', ')}]'` : `'${value}'`
}
