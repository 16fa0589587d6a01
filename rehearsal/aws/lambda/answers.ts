/** JSON text: what the function returned, or how it failed. */
export type Answer = { payload: string } | { failed: string }

const LARGEST_BYTES = 6 * 1024 * 1024 + 100

export function timedOut(id: string, seconds: number): Answer {
  return failure('Sandbox.Timedout', `RequestId: ${id} Error: Task timed out after ${seconds.toFixed(2)} seconds`)
}

/** `reason` is how the process ended; undefined when it said that all was well. */
export function exited(id: string, reason: string | undefined): Answer {
  const why = reason ? `Runtime exited with error: ${reason}` : 'Runtime exited without providing a reason'
  return failure('Runtime.ExitError', `RequestId: ${id} Error: ${why}`)
}

/** What a caller gets of an answer: an error in its place when it is too large. */
export function withinLimit(answer: Answer): Answer {
  if ('failed' in answer || Buffer.byteLength(answer.payload) <= LARGEST_BYTES) return answer
  const message = `Response payload size exceeded maximum allowed payload size (${LARGEST_BYTES} bytes).`
  return failure('Function.ResponseSizeTooLarge', message)
}

function failure(errorType: string, errorMessage: string): Answer {
  return { failed: JSON.stringify({ errorType, errorMessage }) }
}
