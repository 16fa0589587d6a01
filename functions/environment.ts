/** A variable of this function's environment; read at the first invocation, so that a step file can be imported without it. */
export function environment(name: string): string {
  const value = process.env[name]
  if (!value)
    throw new Error(`environment variable ${name} is not set: the stack that deployed this function should have set it`)
  return value
}

/** Makes `create`'s value at its first use and keeps it. */
export function once<T>(create: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: create() }
    return made.value
  }
}
