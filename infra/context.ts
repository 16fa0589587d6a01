/** What `cdk` is told with `-c`. */
export interface Context {
  /** Name of the installation. */
  stackName: string
  /** Application files. */
  files: string[]
  /** ARN of the topic that hears of the stack's alarms; absent: nobody is told. */
  alarms?: string
}

const STACK = 'Sluice'
/** Where apps/ holds nothing else; it is looked at, never deployed. */
export const DEMO = { stackName: 'SluiceDemo', files: ['apps/demo.yaml'] }

/**
 * `-c apps=a.yaml,b.yaml`, else every file that is deployed, else the demo; `-c stack=Payments` for a further installation in the
 * same account and region; `-c alarms=<topic ARN>`. Throws with what to write instead.
 */
export function readContext(told: (key: string) => unknown, deployed: string[]): Context {
  const [apps, stack, alarms] = ['apps', 'stack', 'alarms'].map(key => textOf(key, told(key)))
  if (stack !== undefined && !/^[A-Za-z][A-Za-z0-9-]{0,127}$/.test(stack))
    throw new Error(`-c stack=${stack}: is no name of a stack; write letters, digits and "-"`)
  if (stack !== undefined && stack !== STACK && apps === undefined)
    throw new Error(
      `-c stack=${stack}: a further installation has applications of its own; name them, with -c apps=apps/<name>.yaml, and name those of ${STACK} where you deploy that`,
    )
  if (alarms !== undefined && !/^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w-]+$/.test(alarms))
    throw new Error(`-c alarms=${alarms}: is no ARN of an SNS topic; write arn:aws:sns:<region>:<account>:<name>`)
  const files = apps?.split(',') ?? deployed
  const which = files.length > 0 ? { stackName: stack ?? STACK, files } : DEMO
  return { ...which, ...(alarms !== undefined && { alarms }) }
}

function textOf(key: string, value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'string' && value !== '') return value
  throw new Error(`-c ${key}=${JSON.stringify(value)}: is empty or no text; write one, or leave it out`)
}
