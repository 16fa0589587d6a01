import { join } from 'node:path'
import { rehearse } from '../../cli/rehearsing/rehearse.ts'
import { validApplication } from '../../cli/rehearsing/rehearse-arguments.ts'
import { pushStorm } from '../../cli/rehearsing/scenarios/storms.ts'
import { errorsOf } from './errors.ts'
import { memoryOf } from './memory.ts'
import type { Bench } from './told.ts'

/** Tells nobody anything: Slack takes one message a second, and would have the bench wait for it. */
const FILE = join(import.meta.dirname, '../apps/two-stages.yaml')

/** So many commits of one application within a minute of AWS time. */
export const storm: Bench = async (tell, count) => {
  const scenario = pushStorm(count)
  let memory: ReturnType<typeof memoryOf> | undefined
  const rehearsed = await rehearse(
    { file: FILE, application: validApplication(FILE), scenario, drive: 'jump' },
    progress => {
      if (progress.kind !== 'ready') return
      memory = memoryOf(progress.world.rehearsal)
      tell('the application runs; the storm begins')
    },
  )
  const { report, misses, tookMs, world } = rehearsed
  try {
    const grown = memory?.told() ?? { table: [], checks: [] }
    const errors = await errorsOf(world.rehearsal, world.installation, world.logDir)
    return {
      title: `${report.executions} pushes within a minute`,
      table: [
        ['outcome of the newest', report.outcome ?? 'none'],
        ['transitions', String(report.transitions)],
        ['real seconds', (tookMs / 1_000).toFixed(0)],
        ...grown.table,
        ...errors.table,
      ],
      checks: [
        {
          what: 'at most three are released, the newest last; the others say by which they were superseded',
          passed: misses.length === 0,
        },
        ...misses.slice(0, 10).map(what => ({ what, passed: false })),
        ...grown.checks,
        ...errors.checks,
      ],
    }
  } finally {
    await world.rehearsal.stop()
  }
}
