import { versionOf } from '../../apps/read.ts'
import type { Application } from '../../domain/application.ts'
import { parsed, UsageError } from '../arguments.ts'
import { askApplication } from '../doctor/application.ts'
import { type Chosen, chosenFiles } from '../doctor/chosen.ts'
import { createExamination, type Finding } from '../doctor/examination.ts'
import { findGround, type Ground } from '../doctor/ground.ts'
import { type Diagnosis, reportLines } from '../doctor/report.ts'
import { askStage } from '../doctor/stage.ts'
import { askUnderWay } from '../doctor/under-way.ts'
import type { Command, Terminal } from './command.ts'
import { AWS } from './reach.ts'

const OPTIONS = { ...AWS, stage: { type: 'string' }, json: { type: 'boolean', default: false } } as const

export const doctor: Command = {
  usage: '[file|app] [--stage NAME] [--json] [--aws]',
  about: 'looks, and changes nothing, whether a release could go through: says every defect, and how to mend it',
  async run(args, terminal) {
    const { values, positionals } = parsed(args, OPTIONS, `usage: sluice doctor ${this.usage}`, 1)
    const [named] = positionals
    const ground = await findGround(terminal, values)
    const diagnoses: Diagnosis[] = []
    for (const chosen of chosenFiles(named, ground.installed))
      diagnoses.push(await examine(chosen, ground, values.stage, terminal))
    const groups = diagnoses.flatMap(({ groups }) => groups)
    const passed = groups.reduce((sum, group) => sum + group.passed, 0)
    const findings = groups.flatMap(group => group.findings)
    const { screen, style } = terminal
    if (values.json) screen.print(JSON.stringify({ passed, failed: findings.length, findings }))
    else
      screen.print(
        ...diagnoses.flatMap(diagnosis => reportLines(diagnosis, style)),
        `${passed} passed, ${findings.length} failed`,
      )
    return findings.length > 0 ? 1 : 0
  },
}

async function examine(
  chosen: Chosen,
  ground: Ground,
  only: string | undefined,
  { note }: Terminal,
): Promise<Diagnosis> {
  if (chosen.kind === 'invalid') return asMistakes(chosen)
  const { application } = chosen
  const { app } = application
  const stages = stagesIn(application, only)
  const examination = createExamination(app, stage => note(`looking at ${stage ? `${stage} of ${app}` : app} …`))
  await askApplication(examination, application, versionOf(application), ground)
  if (ground.installed) await askUnderWay(examination, application)
  for (const stage of stages) await askStage(examination, stage, ground.installed)
  return { app, groups: examination.groups }
}

function stagesIn({ app, stages }: Application, only: string | undefined): Application['stages'] {
  const chosen = stages.filter(({ name }) => only === undefined || name === only)
  if (chosen.length > 0) return chosen
  throw new UsageError(
    `--stage ${only}: is no stage of ${app}; write one of ${stages.map(({ name }) => name).join(', ')}`,
  )
}

/** A file that says nothing valid leaves nothing to be asked. */
function asMistakes({ file, mistakes }: Extract<Chosen, { kind: 'invalid' }>): Diagnosis {
  const findings = mistakes.map(
    (found): Finding => ({ check: 'application-file', app: file, found, remedy: 'correct the application file' }),
  )
  return { app: file, groups: [{ stage: undefined, passed: 0, findings, notes: [] }] }
}
