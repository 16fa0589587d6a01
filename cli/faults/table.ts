import { padded } from '../view/padded.ts'
import type { Style } from '../view/style.ts'
import { API_KINDS, EVENT_KINDS, type Fault, STEP_KINDS } from './catalogue.ts'
import { cellName } from './cells.ts'
import { INVARIANTS } from './invariants.ts'
import { JOURNEYS, type JourneyName } from './journeys.ts'
import type { Cell, Played } from './play.ts'
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
      const row = (name: string, cellOf: (kind: string) => string) =>
        (padded(name, width) + across.map(kind => padded(cellOf(kind), widthOf(kind))).join('')).trimEnd()
      const above = row('', kind => partsOf(kind)[0])
      lines.push(
        ...(above === '' ? [] : [above]),
        row(style.strong(journey), kind => partsOf(kind)[1]),
        ...names.map(name => row(name, kind => sign(own, name, kind, style))),
        '',
      )
    }
  return lines
}

/** A heading in two lines, so that the table fits on a screen. */
function partsOf(kind: string): [string, string] {
  const at = kind.indexOf('-') + 1
  return [kind.slice(0, at), kind.slice(at)]
}

const widthOf = (kind: string) => Math.max(...partsOf(kind).map(part => part.length)) + 1

function sign(results: readonly Result[], name: string, kind: Fault['kind'] | string, style: Style): string {
  const found = results.find(({ cell: { faults } }) => faults[0]?.name === name && faults[0].kind === kind)
  if (!found) return style.quiet('·')
  return found.played.broken.length === 0 ? style.good('✓') : style.bad('✗')
}

/** What does not hold, cell by cell. */
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
    'where events are lost',
    `  ${padded('delay', 18)}none delays by more than one heartbeat`,
    '',
  ]
}

/** A release in which something does not hold, before it is known which of its faults it comes of. */
export function doubtLine({ cell, played: { broken } }: Result, style: Style): string {
  return `${style.quiet('?')} ${cellName(cell)}, each by itself later; ${missesOf({ broken })}`
}

/** What does not hold, in one line. */
export const missesOf = ({ broken }: Pick<Played, 'broken'>): string =>
  broken.map(({ name, because }) => `${name}: ${because}`).join('; ')

/** Where nothing went wrong nothing was shown. */
export function cameOf({ fired, broken }: Pick<Played, 'fired' | 'broken'>): 'passed' | 'failed' | 'nothing happened' {
  if (broken.length > 0) return 'failed'
  return Object.values(fired).some(count => count > 0) ? 'passed' : 'nothing happened'
}

/** As many as a schedule has. */
const TOLD = 4

function inShort({ journey, faults }: Cell): string {
  const more = faults.length - TOLD
  return `${cellName({ journey, faults: faults.slice(0, TOLD) })}${more > 0 ? ` and ${more} more` : ''}`
}

export function progressLine({ cell, played }: Result, count: string, style: Style): string {
  const { outcome, fired, broken, seconds } = played
  const said = { passed: style.good('✓'), failed: style.bad('✗'), 'nothing happened': style.quiet('·') }[cameOf(played)]
  const isMiss = broken.some(({ name }) => name === 'fired')
  const unfired = Object.keys(fired).filter(name => !isMiss && fired[name] === 0)
  const misses = broken.length > 0 ? `; ${missesOf(played)}` : ''
  return `${said} ${count} ${broken.length > 0 ? cellName(cell) : inShort(cell)}, ${outcome}, ${seconds.toFixed(1)} s${unfired.map(name => `; ${name} did not happen`).join('')}${misses}`
}
