import type { Answer } from './answers.ts'

/** Longest time that somebody else's service is waited for: several calls fit into one invocation. */
const WITHIN_MS = 4_000

/** Posts JSON or a form to somebody else's service; an answer that never comes is a value like any other. */
export async function post(
  url: string,
  body: object | URLSearchParams,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const isForm = body instanceof URLSearchParams
  const type = isForm ? 'application/x-www-form-urlencoded' : 'application/json; charset=utf-8'
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': type, ...headers },
      body: isForm ? body.toString() : JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(WITHIN_MS),
    })
    const retryAfter = response.headers.get('retry-after')
    return { kind: 'answered', status: response.status, retryAfter, text: await response.text() }
  } catch (error) {
    const { message, cause } = error as Error
    return { kind: 'no-answer', because: `no answer: ${cause instanceof Error ? cause.message : message}` }
  }
}
