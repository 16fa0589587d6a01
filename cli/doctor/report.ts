import type { Style } from '../view/style.ts'
import type { Finding, Group } from './examination.ts'

/** What was found out about one application. */
export interface Diagnosis {
  app: string
  groups: readonly Group[]
}

/** A line for each group, and under it what is wrong with it. */
export function reportLines({ app, groups }: Diagnosis, style: Style): string[] {
  const width = Math.max(...groups.map(group => nameOf(group).length))
  return [
    style.strong(app),
    ...groups.flatMap(group => [
      `  ${nameOf(group).padEnd(width)}  ${standing(group, style)}`,
      ...group.findings.flatMap(finding => findingLines(finding, style)),
      ...group.notes.map(text => style.quiet(`    · ${text}`)),
    ]),
    '',
  ]
}

const nameOf = ({ stage }: Group) => stage ?? 'application'

function standing({ passed, findings }: Group, style: Style): string {
  const asked = `${passed} asked`
  return findings.length === 0
    ? style.good(`✓ ${asked}`)
    : `${style.bad(`✗ ${findings.length} wrong`)}, ${asked} and fine`
}

function findingLines({ check, service, found, remedy }: Finding, style: Style): string[] {
  const at = service === undefined ? check : `${service} ${check}`
  return [`    ${style.bad('✗')} ${style.strong(at)}: ${found}`, `      → ${remedy}`]
}
