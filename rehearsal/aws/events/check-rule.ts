import type { Rule } from '../events.ts'
import { AwsError } from '../service.ts'
import { length, oneOf, pattern, range } from '../wire/constraints.ts'

const MOST_RULES = 300
const MOST_TARGETS = 5
const LONGEST_PATTERN = 2_048

/** Throws what EventBridge answers a rule that it does not take beside those of these names. */
export function checkRule({ name, state, targets, pattern: wanted, schedule }: Rule, names: readonly string[]): void {
  if (wanted === undefined && schedule === undefined) {
    const message = 'Parameter(s) EventPattern or ScheduleExpression must be specified.'
    throw new AwsError('ValidationException', message)
  }
  length('name', name, 1, 64)
  pattern('name', name, /[.\-_A-Za-z0-9]+/)
  oneOf('state', state, ['ENABLED', 'DISABLED'])
  if (!names.includes(name) && names.length >= MOST_RULES) throw tooMuch()
  if (JSON.stringify(wanted ?? {}).length > LONGEST_PATTERN || targets.length > MOST_TARGETS) throw tooMuch()
  for (const [at, { id, input, retryPolicy }] of targets.entries()) {
    const path = `targets.${at + 1}.member`
    length(`${path}.id`, id, 1, 64)
    if (input !== undefined && !isJson(input)) {
      throw new AwsError('ValidationException', `JSON syntax error in input for target ${id}`)
    }
    range(`${path}.retryPolicy.maximumRetryAttempts`, retryPolicy?.maximumRetryAttempts, 0, 185)
    range(`${path}.retryPolicy.maximumEventAgeInSeconds`, retryPolicy?.maximumEventAgeInSeconds, 60, 86_400)
  }
}

const tooMuch = () =>
  new AwsError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.')

export function isJson(text: string, fits: (value: unknown) => boolean = () => true): boolean {
  try {
    return fits(JSON.parse(text))
  } catch {
    return false
  }
}
