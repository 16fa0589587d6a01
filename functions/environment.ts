/** A variable of this function's environment; read at the first invocation, so that a step file can be imported without it. */
export function environment(name: string): string {
  const value = process.env[name]
  if (!value)
    throw new Error(`environment variable ${name} is not set: the stack that deployed this function should have set it`)
  return value
}

let installation = 0

/** Makes `create`'s value at its first use and keeps it for as long as the environment stays what it is. */
export function once<T>(create: () => T): () => T {
  let made: { value: T; of: number } | undefined
  return () => {
    if (made?.of !== installation) made = { value: create(), of: installation }
    return made.value
  }
}

/** Changes this process's environment; undefined takes a variable out. Whatever was made for the former one is forgotten. */
export function useEnvironment(variables: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
  installation++
}
