/** Something that is not as it has to be. */
export interface Lack {
  /** What stands there instead, in a clause. */
  found: string
  /** What to do about it. */
  remedy: string
  /** What to type for that, where a command does it; in angle brackets what nobody but its owners knows. */
  command?: string
}

/** In one sentence; `then`: what to type once it is mended. */
export function lackTold({ found, remedy, command }: Lack, then?: string): string {
  const mended = command === undefined ? remedy : `${remedy}: ${command}`
  if (then === undefined) return `${found}; ${mended}`
  return `${found}; ${mended}${command === undefined ? ', then: ' : ' && '}${then}`
}
