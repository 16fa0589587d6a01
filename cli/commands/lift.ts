import type { Stage } from '../../domain/application.ts'
import { at, inWords, milliseconds } from '../../domain/field.ts'
import { quoted } from '../../domain/shell.ts'
import { alarmsOf } from '../../functions/aws/deployments.ts'
import { findService } from '../../functions/aws/ecs.ts'
import { readPlanIfAny } from '../../functions/aws/ledger.ts'
import { type Override, overridesOf, recordOverride } from '../../functions/aws/overrides.ts'
import { liftQuarantine, type Quarantine, quarantined } from '../../functions/aws/stage-ledger.ts'
import { parsed, UsageError } from '../arguments.ts'
import { callerArn } from './caller.ts'
import type { Command, Terminal } from './command.ts'
import { newestFirst } from './find-release.ts'
import { AWS, demandApplication, reach } from './reach.ts'

const OPTIONS = { ...AWS, for: { type: 'string' }, reason: { type: 'string' } } as const
const DEFAULT_MS = 2 * 3_600_000
/** What is lifted for longer is forgotten, and misses when it is needed. */
const LONGEST_MS = 24 * 3_600_000

interface Where {
  app: string
  stage: string
}

export const lift: Command = {
  usage: '<app> <stage> [release|tag | alarm NAME | freeze | targets] [--for 2h] [--reason TEXT] [--aws]',
  about:
    'lets a release that was taken back go to the stage again, or releases pass an alarm that rings, a freeze, or targets of which none is healthy; alone, lists what is kept and what is lifted',
  async run(args, terminal) {
    const { values, positionals } = parsed(args, OPTIONS, `usage: sluice lift ${this.usage}`, 4)
    const [app, stage, which, name] = positionals
    if (stage === undefined || (name !== undefined) !== (which === 'alarm'))
      throw new UsageError(`lift: write sluice lift ${this.usage}`)
    const lasts = lengthOf(values.for)
    const isForAWhile = which !== undefined && ['alarm', 'freeze', 'targets'].includes(which)
    for (const option of ['for', 'reason'] as const)
      if (values[option] !== undefined && !isForAWhile)
        throw new UsageError(
          `--${option}: is for what is lifted for a while; a release is lifted for good, and a list lifts nothing`,
        )
    const { installation, now } = await reach(terminal, values)
    demandApplication(app, installation)
    const where = { app, stage }
    const known = await demandStage(where)
    if (which === undefined) return list(where, now(), terminal)
    const what = matterOf(which, name)
    if (!what) return liftRelease(where, which, terminal)
    if (known && what.kind === 'alarm') await demandAlarm(known, what.name)
    const by = await callerArn()
    const since = now()
    const override = { what, reason: values.reason ?? `asked for by ${by}`, at: since, until: since + lasts, by }
    await recordOverride(where, override)
    terminal.screen.print(`${subject(what)} stops no release of ${app} at ${stage} until ${at(override.until)}`)
    return 0
  },
}

/** Undefined: it is a release that is meant. */
function matterOf(which: string, name: string | undefined): Override['what'] | undefined {
  if (name !== undefined) return { kind: 'alarm', name }
  return which === 'freeze' || which === 'targets' ? { kind: which } : undefined
}

function lengthOf(text: string | undefined): number {
  const ms = text === undefined ? DEFAULT_MS : milliseconds(text)
  if (ms === undefined || ms === 0 || ms > LONGEST_MS)
    throw new UsageError(`--for ${text}: write a length of time like 2h, at most ${inWords(LONGEST_MS)}`)
  return ms
}

/** A name that is mistyped would lift nothing, in silence. What the latest release was planned with is known. */
async function demandStage({ app, stage }: Where): Promise<Stage | undefined> {
  const [latest] = await newestFirst(app)
  const plan = latest && (await readPlanIfAny(latest))
  const known = plan?.stages.find(({ name }) => name === stage)
  if (plan && !known) throw new UsageError(`${stage}: is no stage of ${app}; write one of ${namesOf(plan.stages)}`)
  return known
}

/** A release is stopped by the alarms that the stage watches, and by those that ECS watches its deployments by. */
async function demandAlarm({ name: stage, cluster, services, watch }: Stage, alarm: string): Promise<void> {
  const alarms = [...(watch?.alarms ?? [])]
  if (alarms.includes(alarm)) return
  for (const { service } of services) alarms.push(...alarmsOf((await findService(cluster, service)) ?? {}))
  if (alarms.includes(alarm)) return
  const remedy = alarms.length > 0 ? `write one of ${[...new Set(alarms)].join(', ')}` : 'none is'
  throw new UsageError(`${alarm}: is no alarm that is watched at ${stage}; ${remedy}`)
}

const namesOf = (stages: readonly Pick<Stage, 'name'>[]) => stages.map(({ name }) => name).join(', ')

async function liftRelease({ app, stage }: Where, which: string, { screen }: Terminal): Promise<number> {
  const kept = await quarantined(app, stage)
  const meant = kept.filter(({ release, tag }) => tag === which || (which.length >= 4 && release.startsWith(which)))
  const [found] = meant
  if (!found || meant.length > 1) {
    const known = kept.map(({ release, tag }) => `${release} (${tag})`).join(', ')
    screen.print(
      found ? `${which} stands for several; write one of` : `${which} is not quarantined at ${stage} of ${app}`,
      known || 'nothing is',
    )
    return 1
  }
  await liftQuarantine(app, stage, found.release)
  screen.print(
    `release ${found.release} (${found.tag}) may go to ${stage} of ${app} again`,
    `to serve it there now: npm run -s sluice -- rollback ${app} ${stage} --to ${quoted(found.tag)}`,
  )
  return 0
}

async function list(where: Where, now: number, { screen }: Terminal): Promise<number> {
  const { app, stage } = where
  const kept = (await quarantined(app, stage)).map(keptLine)
  screen.print(...(kept.length > 0 ? kept : [`nothing is quarantined at ${stage} of ${app}`]))
  screen.print(...(await overridesOf(where, now)).map(liftedLine))
  return 0
}

function keptLine({ release, tag, reason, at: since }: Quarantine): string {
  return `${release}  ${tag.padEnd(20)} since ${at(since)}: ${reason}`
}

function liftedLine({ what, until, reason }: Override): string {
  return `${subject(what)} is lifted until ${at(until)}: ${reason}`
}

function subject(what: Override['what']): string {
  switch (what.kind) {
    case 'freeze':
      return 'the freeze'
    case 'targets':
      return 'that no target is healthy'
    case 'alarm':
      return `alarm ${what.name}`
  }
}
