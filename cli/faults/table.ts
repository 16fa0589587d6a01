import { padded } from '../view/padded.ts'
import type { Style } from '../view/style.ts'
import { API_KINDS, EVENT_KINDS, type Fault, STEP_KINDS } from './catalogue.ts'
import { cellName } from './cells.ts'
import { INVARIANTS } from './invariants.ts'
import { JOURNEYS, type JourneyName } from './journeys.ts'
import type { Result } from './workers.ts'

const GROUPS = [
  { of: 'step', kinds: Object.keys(STEP_KINDS) },
  { of: 'event', kinds: Object.keys(EVENT_KINDS) },
  { of: 'api', kinds: Object.keys(API_KINDS) },
] as const

/** A table for each journey and for each kind of thing that goes wrong in it: names down, kinds across. */
export function tableLines(results: readonly Result[], style: Style): string[] {
  const lines: string[] = []
  for (const journey of Object.keys(JOURNEYS) as JourneyName[])
    for (const { of, kinds } of GROUPS) {
      const own = results.filter(({ cell }) => cell.journey === journey && cell.faults[0]?.of === of)
      if (own.length === 0) continue
      const across = kinds.filter(kind => own.some(({ cell }) => cell.faults[0]?.kind === kind))
      const names = [...new Set(own.flatMap(({ cell }) => cell.faults[0]?.name ?? []))]
      const width = Math.max(journey.length, ...names.map(name => name.length)) + 2
      lines.push(padded(style.strong(journey), width) + across.map(heading).join(''))
      for (const name of names)
        lines.push(
          padded(name, width) + across.map(kind => padded(sign(own, name, kind, style), widthOf(kind))).join(''),
        )
      lines.push('')
    }
  return lines
}

const widthOf = (kind: string) => kind.length + 2
const heading = (kind: string) => padded(kind, widthOf(kind))

function sign(results: readonly Result[], name: string, kind: Fault['kind'] | string, style: Style): string {
  const found = results.find(({ cell: { faults } }) => faults[0]?.name === name && faults[0].kind === kind)
  if (!found) return style.quiet('·')
  return found.played.broken.length === 0 ? style.good('✓') : style.bad('✗')
}

/** What does not hold, cell by cell, with the command that plays it again. */
export function missLines(results: readonly Result[], style: Style): string[] {
  return results
    .filter(({ played }) => played.broken.length > 0)
    .flatMap(({ cell, played: { outcome, broken } }) => [
      `${style.bad('✗')} ${cellName(cell)} (${outcome})`,
      ...broken.map(({ name, because }) => `    ${name}: ${because}`),
    ])
}

export function invariantLines(): string[] {
  return [
    'in every cell',
    ...Object.entries(INVARIANTS).map(([name, { holds }]) => `  ${padded(name, 18)}${holds}`),
    '',
  ]
}

export function progressLine(
  { cell, played: { outcome, broken, seconds } }: Result,
  count: string,
  style: Style,
): string {
  const said = broken.length === 0 ? style.good('✓') : style.bad('✗')
  const misses = broken.map(({ name, because }) => `; ${name}: ${because}`).join('')
  return `${said} ${count} ${cellName(cell)}, ${outcome}, ${seconds.toFixed(1)} s${misses}`
}
