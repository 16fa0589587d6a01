import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { inWords } from '../../domain/field.ts'
import { shortDigest } from '../../domain/identity.ts'
import { count } from '../../functions/view/sentences.ts'
import type { ReceivedLink } from '../rehearsing/approvers.ts'
import type { Progress, Rehearsed } from '../rehearsing/rehearse.ts'
import type { Synthesis } from '../rehearsing/synth.ts'
import { costOf, inDollars } from './cost.ts'
import { outcomeWord, releaseLines } from './release-lines.ts'
import type { Screen } from './screen.ts'
import type { Style } from './style.ts'

const LABEL = 11
const labelled = (label: string, text: string) => `  ${label.padEnd(LABEL)}${text}`

/** Shows a rehearsal while it goes on: what stands, what is pushed, and each release step by step. */
export function createNarrator(screen: Screen, style: Style) {
  const pushed: string[] = []
  let shown: string | undefined
  return (progress: Progress): void => {
    switch (progress.kind) {
      case 'synthesized':
        screen.print(labelled('stack', stackWords(progress.synthesis)))
        break
      case 'ready': {
        const fleet = progress.fleet.map(
          ({ stage, services, database }) =>
            `${stage.padEnd(12)}${[
              ...services.map(({ service, tasks }) => `${service} ×${tasks}`),
              ...(database === undefined ? [] : [`postgres ${database}`]),
            ].join('  ')}`,
        )
        const { usersPerSecond, usersUrls, rehearsal } = progress.world
        const perSecond = Math.round(usersPerSecond * (rehearsal.clock.drive === 'paced' ? rehearsal.clock.speed : 1))
        const which = rehearsal.clock.drive === 'paced' ? 'second' : 'second of AWS time'
        const users = `${count(perSecond, 'request')} a ${which} to ${usersUrls.join(' and ')}`
        screen.print(...fleet.map((text, at) => labelled(at === 0 ? 'fleet' : '', text)), labelled('users', users), '')
        break
      }
      case 'pushed':
        pushed.push(`${progress.repository} ${progress.tag ?? 'without a tag'} ${shortDigest(progress.digest)}`)
        break
      case 'asked':
        screen.insert(...askingLines(progress.link, style))
        break
      case 'look': {
        const { view, now } = progress
        const name = `${view.release}-${view.attempt}`
        if (shown !== name) screen.print(...(shown ? [''] : []), labelled('push', pushed.splice(0).join(' · ')), '')
        shown = name
        screen.live(releaseLines(view, now, style))
        break
      }
    }
  }
}

/** Somebody has to decide now; who looks on may do it for them. */
function askingLines({ url, approver }: ReceivedLink, style: Style): string[] {
  return [
    `  ${style.busy('◷')} ${style.strong(`${approver} is asked`)}: Approve lets these digests go there at once, Reject ends the release; opening the page does neither`,
    `    ${url}`,
    '',
  ]
}

function stackWords({ directory, tookMs }: Synthesis): string {
  const [file] = readdirSync(directory).filter(name => name.endsWith('.template.json'))
  const template = JSON.parse(readFileSync(join(directory, file ?? ''), 'utf8')) as {
    Resources: Record<string, { Type: string }>
  }
  const of = (type: string) => Object.values(template.Resources).filter(({ Type }) => Type === type).length
  const how = tookMs === undefined ? 'as synthesized before' : `synthesized in ${(tookMs / 1000).toFixed(1)} s`
  return `${count(of('AWS::Lambda::Function'), 'function')}, ${count(of('AWS::StepFunctions::StateMachine'), 'state machine')}, ${how}`
}

/** How it ended: the reason first, then where to look, then what was counted. */
export function endLines({ report, misses, world, tookMs }: Rehearsed, style: Style): string[] {
  const { outcome, reason, requests, durationMs, transitions } = report
  const word = outcome === null ? '· nothing was started' : outcomeWord(outcome, style)
  const width = outcome === 'released' ? 0 : 1
  const times = `${inWords(durationMs)} of AWS time, ${inWords(tookMs)} here`
  const users = `${count(requests.total, 'user request')}, ${requests.failed} failed`
  const lines = ['', `  ${word}   ${width ? (reason ?? '') : `${times} · ${users}`}`]
  if (width) lines.push(...lookLines(reason ?? '', world.logDir), `    ${times} · ${users}`)
  if (outcome !== null)
    lines.push(`    on AWS its steps would have cost ${inDollars(costOf(transitions, world.logDir))}`)
  return [...lines, ...misses.map(miss => `  ${style.bad('✗')} not as it should be: ${miss}`)]
}

/** The log that the reason names is a file here. */
export function lookLines(reason: string, logDir: string): string[] {
  const [, group, stream] = /(?:\(log:|Its last lines:) ([^\s,)]+)(?:, stream ([^\s)]+))?/.exec(reason) ?? []
  const here = relative(process.cwd(), logDir)
  if (!group) return [`    logs  ${here}`]
  return [`    log   ${join(here, group, stream ? `${stream}.log` : '')}`]
}
