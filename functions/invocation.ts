import { AsyncLocalStorage } from 'node:async_hooks'

const known = new AsyncLocalStorage<Map<string, object>>()

/** Does the work of one invocation: what never changes is read once in it. */
export function invoked<T>(work: () => Promise<T>): Promise<T> {
  return known.run(new Map(), work)
}

/** Reads what never changes once it is there, unless this invocation has. */
export async function readOnce<T extends object>(
  name: string,
  read: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const had = known.getStore()
  const found = (had?.get(name) as T | undefined) ?? (await read())
  if (found) had?.set(name, found)
  return found
}
