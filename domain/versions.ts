/** What there is of the two machines and the functions that they call. Versions are named by their ARNs. */
export interface Versions {
  /** Every version that exists. */
  existing: readonly string[]
  /** Each machine's version → its definition. */
  definitions: ReadonlyMap<string, string>
  /** The machines' versions that the deployed stack starts. */
  deployed: readonly string[]
  /** What runs now: its definition, and the version where it was started by one. */
  running: readonly { definition: string; version?: string }[]
}

/** Of each machine, so that a stack that is rolled back finds what it had. */
const KEPT = 2

/**
 * The versions that nobody runs, or can come to run: neither the deployed stack, nor the newest of each machine, nor an execution
 * that is under way, nor what any of these names. What is newer than all that is needed stays as well: a deployment under way
 * publishes functions before the definition that names them. Machines come first, so that none is ever left without its functions.
 */
export function unusedVersions({ existing, definitions, deployed, running }: Versions): string[] {
  const needed = new Set<string>()
  const need = (version: string): void => {
    if (needed.has(version)) return
    needed.add(version)
    for (const named of versionsIn(definitions.get(version) ?? '')) need(named)
  }
  for (const version of [...deployed, ...newest([...definitions.keys()])]) need(version)
  for (const { definition, version } of running)
    for (const named of [...(version === undefined ? [] : [version]), ...versionsIn(definition)]) need(named)
  const isOlder = (version: string) =>
    [...needed].some(other => wholeOf(other) === wholeOf(version) && numberOf(version) < numberOf(other))
  const unused = existing.filter(version => !needed.has(version) && isOlder(version))
  return [...unused.filter(version => definitions.has(version)), ...unused.filter(version => !definitions.has(version))]
}

/** The functions that these definitions call, without their versions. */
export function functionsIn(definitions: readonly string[]): string[] {
  const named = definitions.flatMap(versionsIn).filter(version => version.includes(':function:'))
  return [...new Set(named.map(wholeOf))]
}

/** `…:stateMachine:release:7` → `…:stateMachine:release` */
export const wholeOf = (version: string) => version.slice(0, version.lastIndexOf(':'))

const numberOf = (version: string) => Number(version.slice(version.lastIndexOf(':') + 1))

const VERSION = /arn:[\w-]+:(?:lambda:[\w-]+:\d{12}:function|states:[\w-]+:\d{12}:stateMachine):[\w-]+:\d+/g
const versionsIn = (definition: string): string[] => definition.match(VERSION) ?? []

function newest(versions: readonly string[]): string[] {
  const machines = Map.groupBy(versions, wholeOf)
  return [...machines.values()].flatMap(own => own.toSorted((a, b) => numberOf(b) - numberOf(a)).slice(0, KEPT))
}
