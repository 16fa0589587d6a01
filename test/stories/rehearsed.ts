import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { type Rehearsed, type RehearsingOptions, rehearse } from '../../cli/rehearsing/rehearse.ts'
import { validApplication } from '../../cli/rehearsing/rehearse-arguments.ts'
import { SCENARIOS } from '../../cli/rehearsing/scenarios.ts'
import type { ReleaseView } from '../../functions/view/release-view.ts'

/** An application file of this project, and what it says. */
function rehearsing(path: string): Pick<RehearsingOptions, 'file' | 'application'> {
  const file = fileURLToPath(new URL(`../../${path}`, import.meta.url))
  return { file, application: validApplication(file) }
}

/** The demo as it is. */
export const demo = () => rehearsing('apps/demo.yaml')

/** The demo with its databases and no green: one service in each stage. */
export const withDatabase = () => rehearsing('test/apps/demo-with-database.yaml')

export interface Story extends Rehearsed {
  /** Each release as it was last seen, the oldest first. */
  releases: ReleaseView[]
}

/** Rehearses a scenario of the demo, without its databases, in memory; the rehearsal ends with the test. */
export async function story(name: string, options: Partial<RehearsingOptions> = {}): Promise<Story> {
  const scenario = SCENARIOS[name]
  if (!scenario) throw new Error(`no scenario is called ${name}`)
  const seen = new Map<string, ReleaseView>()
  const small = rehearsing('test/apps/demo-without-database.yaml')
  const rehearsed = await rehearse({ ...small, scenario, drive: 'jump', ...options }, progress => {
    if (progress.kind === 'look') seen.set(`${progress.view.release}-${progress.view.attempt}`, progress.view)
  })
  onTestFinished(() => rehearsed.world.rehearsal.stop())
  return { ...rehearsed, releases: [...seen.values()] }
}
