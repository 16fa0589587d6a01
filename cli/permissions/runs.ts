import { lackOf, named, validApplication } from '../rehearsing/rehearse-arguments.ts'
import { SCENARIOS } from '../rehearsing/scenarios.ts'
import type { Run } from './told.ts'

/** Each scenario is rehearsed on the first of these that has what it needs: the quicker ones come first. */
const GROUNDS = [
  'test/apps/demo-without-database.yaml',
  'test/apps/demo-blue-green.yaml',
  'test/apps/demo-with-database.yaml',
  'apps/demo.yaml',
  'test/apps/demo-queue.yaml',
  'test/apps/demo-one-at-a-time.yaml',
]

/** What is only done for applications of another kind. */
const FURTHER: Run[] = [
  { file: 'test/apps/demo-blue-green.yaml', scenario: 'release' },
  { file: 'test/apps/demo-with-database.yaml', scenario: 'release' },
  { file: 'test/apps/demo-mixed.yaml', scenario: 'release' },
  { file: 'test/apps/demo-cluster.yaml', scenario: 'release' },
  { file: 'test/apps/demo-quiet.yaml', scenario: 'release' },
  { file: 'test/apps/demo-cluster.yaml', scenario: 'retried' },
  ...['cluster', 'task', 'down', 'restore'].map(kind => ({
    file: `test/apps/demo-${kind}.yaml`,
    scenario: 'failed-smoke',
  })),
]

/** The rehearsals in which every permission that can be used is used; `scenario`: those of one scenario alone. */
export function runsOf(scenario?: string): Run[] {
  const { scenarioName } = named(scenario)
  const grounds = GROUNDS.map(file => ({ file, application: validApplication(file) }))
  const runs = Object.entries(SCENARIOS).map(([name, scenario]) => {
    const ground = grounds.find(({ application }) => lackOf(scenario, application) === undefined)
    if (!ground) throw new Error(`scenario ${name}: none of ${GROUNDS.join(', ')} has what it needs; add one that has`)
    return { file: ground.file, scenario: name }
  })
  return [...runs, ...FURTHER].filter(run => scenario === undefined || run.scenario === scenarioName)
}
