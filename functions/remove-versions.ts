import { functionsIn, unusedVersions, wholeOf } from '../domain/versions.ts'
import { definitionOf, deleteVersion, runningOf, versionsOfFunction, versionsOfMachine } from './aws/versions.ts'
import { environment } from './environment.ts'
import type { Needs } from './permissions.ts'
import { logger, wrapped } from './step.ts'

const ONLY_LATER = 'a stack that was deployed once has no version that nobody runs; the third deployment leaves some'

export const needs: Needs = {
  timeoutSeconds: 50,
  permissions: ({ releaseMachine, rollbackMachine, executions, steps }) => [
    {
      actions: [
        'states:ListStateMachineVersions',
        'states:DescribeStateMachine',
        'states:ListExecutions',
        'states:DeleteStateMachineVersion',
      ],
      resources: [releaseMachine, rollbackMachine],
      unused: { 'states:DeleteStateMachineVersion': ONLY_LATER },
    },
    {
      actions: ['states:DescribeStateMachineForExecution'],
      resources: executions,
      because: 'executions of these two machines',
    },
    { actions: ['lambda:ListVersionsByFunction'], resources: steps },
    {
      actions: ['lambda:DeleteFunction'],
      resources: steps.map(step => `${step}:*`),
      because: 'versions of these functions; without a version the name would be that of the function as a whole',
      unused: { 'lambda:DeleteFunction': ONLY_LATER },
    },
  ],
  environment: ({ releaseVersion, rollbackVersion }) => ({
    RELEASE_MACHINE: releaseVersion,
    ROLLBACK_MACHINE: rollbackVersion,
  }),
}

/**
 * After it, of both machines and of the functions that they call, only those versions are left that somebody runs or may come to
 * run. What a run did not come to, the next one does.
 */
export const handler = wrapped('RemoveVersions', async (): Promise<void> => {
  const deployed = [environment('RELEASE_MACHINE'), environment('ROLLBACK_MACHINE')]
  const machines = deployed.map(wholeOf)
  const definitions = new Map<string, string>()
  for (const machine of machines)
    for (const version of await versionsOfMachine(machine)) definitions.set(version, await definitionOf(version))
  const existing = [...definitions.keys()]
  const called = functionsIn(deployed.flatMap(version => definitions.get(version) ?? []))
  for (const name of called) existing.push(...(await versionsOfFunction(name)))
  // Last of all: whatever starts after this starts in what is deployed.
  const running = (await Promise.all(machines.map(runningOf))).flat()

  const unused = unusedVersions({ existing, definitions, deployed, running })
  const [ofMachines, ofFunctions] = [
    unused.filter(version => definitions.has(version)),
    unused.filter(version => !definitions.has(version)),
  ]
  for (const version of ofMachines) await deleteVersion(version)
  const refused: unknown[] = []
  for (const version of ofFunctions) await deleteVersion(version).catch(error => refused.push(error))
  logger.info('removed', { versions: unused, refused: refused.length, left: existing.length - unused.length })
  // The others have gone; this one rings, and the next run tries it again.
  if (refused.length > 0) throw refused[0]
})
