import { FAILURE_NAMES } from './failure.ts'

/** The sentence in an error's cause: a function's error comes as JSON with a trace, an answered task's as the sentence itself. */
export function readableReason(cause: string): string {
  const text = messageIn(cause) ?? cause
  return text.replace(/\.$/, '') || 'no reason was given'
}

/** The end of every sentence about a blocked stage. */
export function howToUnlock(app: string, stage: string): string {
  return `When you have looked: sluice unlock ${app} ${stage}`
}

function messageIn(cause: string): string | undefined {
  if (!cause.startsWith('{')) return undefined
  try {
    const { errorMessage, errorType, Cause } = JSON.parse(cause) as Record<string, unknown>
    if (typeof Cause === 'string') return readableReason(Cause)
    if (typeof errorMessage !== 'string') return undefined
    return isOurs(errorType) ? errorMessage : `${errorType}: ${errorMessage}`
  } catch {
    return undefined
  }
}

const isOurs = (name: unknown) => FAILURE_NAMES.some(ours => ours === name)
