/** Which fields a JSONata state may have, and what their constants may be. From the language's own tables. */
const LEAVING = ['Output', 'Assign', 'Next', 'End']
const HANDLING = ['Retry', 'Catch']

export const STATE_FIELDS: Record<string, string[]> = {
  Task: [...LEAVING, ...HANDLING, 'Resource', 'Arguments', 'Credentials', 'TimeoutSeconds', 'HeartbeatSeconds'],
  Map: [
    ...LEAVING,
    ...HANDLING,
    'Items',
    'ItemSelector',
    'ItemProcessor',
    'MaxConcurrency',
    'ToleratedFailureCount',
    'ToleratedFailurePercentage',
    'ItemReader',
    'ItemBatcher',
    'ResultWriter',
    'Label',
  ],
  Parallel: [...LEAVING, ...HANDLING, 'Arguments', 'Branches'],
  Choice: ['Choices', 'Default', 'Output', 'Assign'],
  Wait: [...LEAVING, 'Seconds', 'Timestamp'],
  Pass: LEAVING,
  Succeed: ['Output'],
  Fail: ['Error', 'Cause'],
}

export const COMMON_FIELDS = ['Type', 'Comment', 'QueryLanguage']
export const MACHINE_FIELDS = ['StartAt', 'States', 'Comment', 'QueryLanguage', 'TimeoutSeconds', 'Version']
export const BLOCK_FIELDS = ['StartAt', 'States', 'Comment', 'QueryLanguage', 'ProcessorConfig']
export const REQUIRED: Record<string, string[]> = {
  Task: ['Resource'],
  Map: ['ItemProcessor'],
  Parallel: ['Branches'],
  Choice: ['Choices'],
}

/** Fields of a Map that only a Distributed Map has. */
export const DISTRIBUTED_FIELDS = ['ItemReader', 'ItemBatcher', 'ResultWriter', 'Label']

export interface NumberRule {
  from: number
  to: number
  integer: boolean
  /** Whether an expression may stand for the number. */
  expression: boolean
}

const seconds = (from: number): NumberRule => ({ from, to: 99_999_999, integer: true, expression: true })

export const NUMBERS: Record<string, NumberRule> = {
  TimeoutSeconds: seconds(1),
  HeartbeatSeconds: seconds(1),
  Seconds: seconds(0),
  MaxConcurrency: { from: 0, to: Number.MAX_SAFE_INTEGER, integer: true, expression: true },
  ToleratedFailureCount: { from: 0, to: Number.MAX_SAFE_INTEGER, integer: true, expression: true },
  ToleratedFailurePercentage: { from: 0, to: 100, integer: false, expression: true },
}

export const MACHINE_TIMEOUT: NumberRule = { ...seconds(1), expression: false }

export const RETRY_NUMBERS: Record<string, NumberRule> = {
  IntervalSeconds: { ...seconds(1), expression: false },
  MaxAttempts: { ...seconds(0), expression: false },
  BackoffRate: { from: 1, to: Number.MAX_VALUE, integer: false, expression: false },
  MaxDelaySeconds: { from: 1, to: 31_622_400, integer: true, expression: false },
}
export const RETRY_FIELDS = ['ErrorEquals', 'JitterStrategy', 'Comment', ...Object.keys(RETRY_NUMBERS)]
export const CATCH_FIELDS = ['ErrorEquals', 'Next', 'Output', 'Assign', 'Comment']
export const CHOICE_FIELDS = ['Condition', 'Next', 'Output', 'Assign', 'Comment']

/** Fields whose value may hold expressions at any depth, and the parts of `$states` beyond input and context that they see. */
export const TEMPLATES: Record<string, 'result' | undefined> = {
  Arguments: undefined,
  Credentials: undefined,
  Items: undefined,
  ItemSelector: undefined,
  Error: undefined,
  Cause: undefined,
  Timestamp: undefined,
  Output: 'result',
  Assign: 'result',
}

/** Why a number is not what a field takes; undefined when it is. */
export function numberProblem(name: string, value: unknown, rule: NumberRule): string | undefined {
  if (typeof value !== 'number')
    return `The field '${name}' must be a number${rule.expression ? ' or an expression' : ''}`
  if (rule.integer && !Number.isInteger(value)) return `The field '${name}' must be an integer`
  if (value < rule.from || value > rule.to) return `The field '${name}' must be between ${rule.from} and ${rule.to}`
  return undefined
}
