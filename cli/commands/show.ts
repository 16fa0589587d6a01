import { readServing } from '../../functions/aws/ecs.ts'
import { type ReleaseView, readReleaseView, type StageView } from '../../functions/view/release-view.ts'
import { at } from '../../functions/view/sentences.ts'
import { parsed, UsageError } from '../arguments.ts'
import { outcomeWord, releaseLines } from '../view/release-lines.ts'
import type { Command } from './command.ts'
import { findRelease } from './find-release.ts'
import { AWS, demandApplication, reach } from './reach.ts'

export const show: Command = {
  usage: '<app> <release|tag> [--aws]',
  about: 'shows one release: its stages and steps, what served before, what serves now',
  async run(args, terminal) {
    const { values, positionals } = parsed(args, AWS, `usage: sluice show ${this.usage}`, 2)
    const [app, which] = positionals
    if (which === undefined) throw new UsageError(`show: write sluice show ${this.usage}`)
    const { installation, now } = await reach(terminal, values)
    demandApplication(app, installation)
    const view = await readReleaseView(await findRelease(app, which), installation)
    const { screen, style } = terminal
    const started = view.startedAt === undefined ? 'not started' : `started ${at(view.startedAt)}`
    screen.print(`release ${view.release} of ${app}, attempt ${view.attempt} · ${view.tag} · ${started}`, '')
    screen.print(...releaseLines(view, now(), style).map(({ text }) => text), '')
    for (const stage of view.stages) screen.print(...(await digestLines(view, stage)))
    screen.print(`  ${outcomeWord(view.end?.outcome, style)}   ${view.end?.reason ?? ''}`)
    return 0
  },
}

/** What each service served before, what the release deploys, and what ECS records now. */
async function digestLines(view: ReleaseView, { name, before }: StageView): Promise<string[]> {
  const stage = view.plan?.stages.find(planned => planned.name === name)
  const lines: string[] = []
  for (const { service, container, image } of stage?.services ?? []) {
    const { revision } = await readServing(stage?.cluster ?? '', service)
    lines.push(
      `  ${name} ${service} ${container}`,
      `    before    ${before?.services[service]?.digests[container] ?? 'not looked at'}`,
      `    release   ${view.plan?.images[image]?.digest ?? ''}`,
      `    now       ${revision.digests[container] ?? 'not recorded'}`,
      '',
    )
  }
  return lines
}
