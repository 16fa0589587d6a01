import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { applicationSchema } from '../../domain/application.ts'
import { writesImageParameters } from '../../functions/after/image-parameters.ts'
import { useEnvironment } from '../../functions/environment.ts'
import type { Site } from '../../functions/permissions.ts'
import { REGISTRY } from '../functions/fleet.ts'
import { blueGreen } from '../functions/way-back.ts'
import type { ApplicationFile } from '../functions/world.ts'
import { type Machines, startMachines } from './machines.ts'

const PARAMETER = '/demo/api/image'

function named({ stages: [stage] }: ApplicationFile): void {
  for (const service of stage?.services ?? []) Object.assign(service, { imageParameter: PARAMETER })
}

/** Sluice is deployed once more, with another application file. */
function installs(change: (file: ApplicationFile) => void): void {
  const installed = join(process.env.LAMBDA_TASK_ROOT ?? '', 'applications.json')
  const [file]: ApplicationFile[] = JSON.parse(readFileSync(installed, 'utf8'))
  if (file) change(file)
  writeFileSync(installed, JSON.stringify([file]))
  useEnvironment({})
}

async function started(change: (file: ApplicationFile) => void = () => {}) {
  const machines = await startMachines(file => {
    named(file)
    change(file)
  })
  const { ssm } = machines.world.services
  const digests = new Map<string, string>()
  const { ecr } = machines.world.services
  return {
    ...machines,
    /** What the parameter held, one after the other, by the tags that were pushed. */
    values: () => ssm.versions(PARAMETER).map(({ value }) => tagOf(value)),
    trouble: () =>
      machines.world.told().flatMap(({ transition }) => (transition.kind === 'trouble' ? [transition.because] : [])),
  }

  function tagOf(image: string): string {
    const [repository, digest] = image.split('@')
    expect(repository).toBe(`${REGISTRY}/demo-api`)
    for (const tag of ['v1', 'v2', 'v3'])
      if (!digests.has(tag)) {
        try {
          digests.set(tag, ecr.pull(`${REGISTRY}/demo-api:${tag}`).digest)
        } catch {
          // Not pushed in this test.
        }
      }
    return [...digests].find(([, known]) => known === digest)?.[0] ?? image
  }
}

describe('the parameter of a service holds the image by digest', () => {
  test('that was released, from when the stage serves it', async () => {
    const { release, values, trouble } = await started()
    await release('v2')
    expect(values()).toEqual(['v2'])
    await release('v3')
    expect(values()).toEqual(['v2', 'v3'])
    expect(trouble()).toEqual([])
  })

  test('that is served again after a rollback by a person', async () => {
    const { release, rollBack, values } = await started()
    await release('v2')
    await release('v3')
    await rollBack()
    expect(values()).toEqual(['v2', 'v3', 'v2'])
  })

  test('that was served before Sluice came, even where its definition names a tag', async () => {
    const { release, rollBack, values } = await started()
    await release('v2')
    await rollBack()
    expect(values()).toEqual(['v2', 'v1'])
  })

  test('and is no new version where it holds that already', async () => {
    const { release, values } = await started()
    await release('v2')
    expect(await release('v2', 2)).toMatchObject({ status: 'SUCCEEDED' })
    expect(values()).toEqual(['v2'])
  })

  test('of a service that changes colour', async () => {
    const { release, rollBack, values } = await started(blueGreen)
    await release('v2')
    await rollBack()
    expect(values()).toEqual(['v2', 'v1'])
  })
})

describe('the field counts as the installed application file says it', () => {
  const unnamed = ({ stages: [stage] }: ApplicationFile) => {
    for (const service of stage?.services ?? []) Object.assign(service, { imageParameter: undefined })
  }

  test('so that a rollback of a release that was planned before it was there writes it', async () => {
    const { world, release, rollBack, values, trouble } = await started(unnamed)
    await release('v2')
    await release('v3')
    const { digest } = world.services.ecr.pull(`${REGISTRY}/demo-api:v3`)
    const byHand = { Name: PARAMETER, Type: 'String', Value: `${REGISTRY}/demo-api@${digest}` }
    world.services.ssm.operations.PutParameter?.(byHand, { principal: 'operator' })
    installs(named)
    expect(await rollBack()).toMatchObject({ output: { outcome: 'rolled-back' } })
    expect(values()).toEqual(['v3', 'v2'])
    expect(trouble()).toEqual([])
  })

  test('so that a parameter that was renamed is written by its new name alone', async () => {
    const { world, release, rollBack, values } = await started()
    await release('v2')
    installs(({ stages: [stage] }) => Object.assign(stage?.services[0] ?? {}, { imageParameter: '/demo/renamed' }))
    await rollBack()
    expect(values()).toEqual(['v2'])
    expect(world.services.ssm.versions('/demo/renamed')).toHaveLength(1)
  })

  test('so that nothing is written once it is taken out', async () => {
    const { release, rollBack, values, trouble } = await started()
    await release('v2')
    installs(unnamed)
    await rollBack()
    expect(values()).toEqual(['v2'])
    expect(trouble()).toEqual([])
  })
})

describe('a release that does not come to its end', () => {
  const brokenWatch = (machines: Machines) =>
    machines.calling('release/VerifyDeployment', () => {
      throw new Error('the function has no memory left')
    })

  test('and is rolled back leaves what is served in the parameter, and makes no version of it', async () => {
    const machines = await started()
    const { release, values } = machines
    await release('v2')
    brokenWatch(machines)
    expect(await release('v3')).toMatchObject({ status: 'FAILED', error: 'rolled-back' })
    expect(values()).toEqual(['v2'])
  })

  test('though it is the first one: then the parameter is given what is served', async () => {
    const machines = await started()
    brokenWatch(machines)
    await machines.release('v2')
    expect(machines.values()).toEqual(['v1'])
  })

  test('and is stopped on the way is cleaned up, the parameter with it', async () => {
    const machines = await started()
    const { release, push, stop, reaches, cleanedUp, values } = machines
    await release('v2')
    const isReached = reaches('release/DeployNewVersion')
    const { arn } = await push('v3')
    await isReached
    await stop(arn)
    await cleanedUp()
    expect(values()).toEqual(['v2'])
  })

  test('since it was stopped has what is served written for it, where the parameter has never been', async () => {
    const { push, stop, reaches, cleanedUp, values } = await started()
    const isReached = reaches('release/DeployNewVersion')
    const { arn } = await push('v2')
    await isReached
    await stop(arn)
    await cleanedUp()
    expect(values()).toEqual(['v1'])
  })

  test('before it has changed anything does not touch it', async () => {
    const machines = await started()
    machines.calling('release/CheckPreconditions', () => {
      throw new Error('the function has no memory left')
    })
    expect(await machines.release('v2')).toMatchObject({ error: 'failed' })
    expect(machines.values()).toEqual([])
  })
})

describe('what cannot be written', () => {
  test('is told, with what to type, and the release is released', async () => {
    const { world, release, values, trouble } = await started()
    world.services.faults.add({ service: 'ssm', operation: 'PutParameter', does: { fail: 'AccessDeniedException' } })
    expect(await release('v2')).toMatchObject({ status: 'SUCCEEDED' })
    const { digest } = world.services.ecr.pull(`${REGISTRY}/demo-api:v2`)
    expect(trouble()).toEqual([
      expect.stringMatching(
        /^SSM parameter \/demo\/api\/image was not given the image that serves \(AccessDeniedException/,
      ),
    ])
    expect(trouble()[0]).toContain(
      `; type aws ssm put-parameter --name ${PARAMETER} --type String --overwrite --value ${REGISTRY}/demo-api@${digest}`,
    )
    expect(values()).toEqual([])
  })

  test('is written by the next one', async () => {
    const { world, release, values } = await started()
    world.services.faults.add({ service: 'ssm', operation: 'PutParameter', does: { fail: 'InternalServerError' } })
    await release('v2')
    await release('v3')
    expect(values()).toEqual(['v3'])
  })

  test('is told on the way back, which ends as it would', async () => {
    const { world, release, rollBack, values, trouble } = await started()
    await release('v2')
    world.services.faults.add({ service: 'ssm', operation: 'GetParameter', does: { fail: 'AccessDeniedException' } })
    expect(await rollBack()).toMatchObject({ output: { outcome: 'rolled-back' } })
    expect(values()).toEqual(['v2'])
    expect(trouble()).toEqual([expect.stringContaining('was not given the image that serves')])
  })

  test('since nobody knows what serves after the way back is told, with what to type then', async () => {
    const { world, calling, release, rollBack, values, trouble } = await started()
    await release('v2')
    calling('rollback/CloseStage', () =>
      world.services.faults.add({ service: 'ecs', operation: 'DescribeServices', does: { fail: 'ServerException' } }),
    )
    expect(await rollBack()).toMatchObject({ output: { outcome: 'rolled-back' } })
    expect(values()).toEqual(['v2'])
    const command = `aws ssm put-parameter --name ${PARAMETER} --type String --overwrite --value`
    expect(trouble()).toEqual([
      expect.stringMatching(/^SSM parameter \/demo\/api\/image stays as it is: what demo-api serves could not be read/),
    ])
    expect(trouble()[0]).toContain(`; once you know the image, type ${command} <registry>/<repository>@<digest>`)
  })

  test('since SSM does not answer is not asked for once more: the lock is not held for it', async () => {
    const { world, release, trouble } = await started(({ stages: [stage] }) => {
      const [service] = stage?.services ?? []
      Object.assign(service ?? {}, { imageParameter: `${PARAMETER}/1` })
      stage?.services.push({ ...service, service: 'demo-jobs', imageParameter: `${PARAMETER}/2` })
    })
    world.services.faults.add({ service: 'ssm', operation: 'PutParameter', does: 'lose-answer' })
    expect(await release('v2')).toMatchObject({ status: 'SUCCEEDED' })
    expect(trouble()).toEqual([
      expect.stringContaining(`SSM parameter ${PARAMETER}/1 was not given`),
      expect.stringContaining(`SSM parameter ${PARAMETER}/2 was not given`),
    ])
    expect(world.services.ssm.versions(`${PARAMETER}/2`)).toEqual([])
  })
})

test('a stage that was released but not closed has its parameter written by the clean-up', async () => {
  const machines = await started()
  const { push, calling, ended, hears, values } = machines
  for (let tried = 0; tried < 11; tried++)
    calling('release/CloseStage', () => {
      throw new Error('the function has no memory left')
    })
  const { arn } = await push('v2')
  await ended(arn)
  expect(values()).toEqual([])
  await hears(arn)
  expect(values()).toEqual(['v2'])
})

test('whoever has lost the stage writes nothing', async () => {
  const { world, records, release } = await started()
  const { app, release: id, attempt } = await release('v2')
  const { writeImageParameters } = await import('../../functions/after/image-parameters.ts')
  world.services.ssm.operations.PutParameter?.(
    { Name: PARAMETER, Value: 'somebody else’s', Overwrite: true },
    { principal: 'operator' },
  )
  const of = { app, release: id, attempt, stage: 'production', lease: { holder: 'gone', fence: 1 } }
  expect(await records.readLock('demo', 'production')).not.toHaveProperty('held')
  expect(await writeImageParameters(of, 'released')).toEqual([])
  expect(world.services.ssm.versions(PARAMETER).at(-1)?.value).toBe('somebody else’s')
})

describe('it takes the right to read and write', () => {
  const siteWith = (...parameters: (string | undefined)[]): Site => {
    const services = parameters.map((imageParameter, n) => ({
      ...{ service: `demo-${n}`, container: 'api', image: 'api', strategy: 'rolling' },
      ...(imageParameter !== undefined && { imageParameter }),
    }))
    const stages = [{ name: 'production', cluster: 'demo', services }]
    const file = { app: 'demo', images: { api: 'demo-api' }, trigger: { tags: '^v' }, stages }
    const arn = (service: string, resource: string) => `${service}/${resource}`
    return { applications: [applicationSchema.parse(file)], arn } as Site
  }

  test('the parameters that services name, and no others', () => {
    expect(writesImageParameters(siteWith('/demo/api/image', undefined, '/demo/api/image'))).toEqual([
      { actions: ['ssm:GetParameter', 'ssm:PutParameter'], resources: ['ssm/parameter/demo/api/image'] },
    ])
  })

  test('nothing where none is named', () => {
    expect(writesImageParameters(siteWith(undefined))).toEqual([])
  })
})
