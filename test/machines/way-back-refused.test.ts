import { describe, expect, test } from 'vitest'
import { type Machines, REASON, STAGE, startMachines } from './machines.ts'

/** Asks, and sees that no item of the ledger and no service is another afterwards. */
async function refuses({ ask, ended, items, hears, world }: Machines, request: unknown): Promise<string> {
  const [known, deployed] = [await items(), await world.deployments()]
  const { arn, status, error, cause } = await ended(await ask(request))
  await hears(arn)
  expect({ status, error }).toEqual({ status: 'FAILED', error: 'refused' })
  expect(await items()).toEqual(known)
  expect(await world.deployments()).toEqual(deployed)
  return cause
}

test.each<[string, unknown, string]>([
  ['a text', 'production', 'app: nothing: is missing; write a text; stage: nothing: is missing; write a text'],
  ['no stage', { app: 'demo', reason: REASON }, 'stage: nothing: is missing; write a text'],
  ['nothing', {}, 'app: nothing: is missing; write a text; stage: nothing: is missing; write a text'],
  ['no reason', STAGE, 'reason: nothing: is missing; write a text'],
  [
    'an application that is not installed',
    { ...STAGE, app: 'shop', reason: REASON },
    'production of shop: application shop is not installed; write one of demo; nothing was changed',
  ],
  [
    'a stage that is not there',
    { ...STAGE, stage: 'staging', reason: REASON },
    'staging of demo: demo has no stage staging; write one of production; nothing was changed',
  ],
  [
    'a stage that no release has changed',
    { ...STAGE, reason: REASON },
    'production of demo: no release has changed this stage yet, so there is nothing to go back to; nothing was changed',
  ],
])('with %s a rollback is refused in a sentence, and nothing changes [P6.1b]', async (_, request, sentence) => {
  expect(await refuses(await startMachines(), request)).toContain(sentence)
})

describe('a rollback to a release that is named is refused', () => {
  test('where the stage never served it [P6.3b]', async () => {
    const machines = await startMachines()
    await machines.release('v2')
    const because = 'v9 was never released at this stage; it knows v2'
    expect(await refuses(machines, { ...STAGE, reason: REASON, to: 'v9' })).toContain(because)
  })

  test('where the stage serves it', async () => {
    const machines = await startMachines()
    await machines.release('v2')
    expect(await refuses(machines, { ...STAGE, reason: REASON, to: 'v2' })).toContain('the stage serves v2 already')
  })

  test('where the stage serves a copy of it', async () => {
    const machines = await startMachines()
    const { release, rollBack, world } = machines
    await release('v2')
    const { taskDefinition } = await world.describe()
    await release('v3')
    await world.ask(world.services.ecs, 'DeregisterTaskDefinition', { taskDefinition })
    await rollBack({ to: 'v2' })
    expect(await refuses(machines, { ...STAGE, reason: REASON, to: 'v2' })).toContain('the stage serves v2 already')
  })

  test('where it is quarantined', async () => {
    const machines = await startMachines()
    for (const tag of ['v2', 'v3']) await machines.release(tag)
    await machines.rollBack()
    expect(await refuses(machines, { ...STAGE, reason: REASON, to: 'v3' })).toContain('is quarantined; sluice lift')
  })

  test('before the release that holds the stage is asked for it', async () => {
    const machines = await startMachines()
    const { release, push, reaches, ended, serves } = machines
    await release('v2')
    const v3 = await push('v3')
    await reaches('release/DeployNewVersion')
    const refused = await ended(await machines.ask({ ...STAGE, reason: REASON, to: 'v9' }))
    expect(refused).toMatchObject({ status: 'FAILED', error: 'refused' })
    expect(await ended(v3.arn)).toMatchObject({ status: 'SUCCEEDED' })
    expect(await serves()).toBe('v3')
  })
})

test('where the first release was taken back, there is nothing before it, and a rollback is refused [P6.3c]', async () => {
  const machines = await startMachines()
  await machines.release('v2')
  await machines.rollBack()
  expect(await refuses(machines, { ...STAGE, reason: REASON })).toContain(
    'production of demo: every release of this stage was taken back, so there is nothing to go back to; nothing was changed',
  )
})

test('while somebody else deploys there, a rollback is refused and names the deployment', async () => {
  const machines = await startMachines()
  const { release, world } = machines
  await release('v2')
  await world.update({ taskDefinition: await world.register() })
  const [open] = await world.deployments()
  expect(await refuses(machines, { ...STAGE, reason: REASON })).toContain(
    `demo-api has a deployment that is running: ${open?.serviceDeploymentArn}; let it end or stop it, then ask again`,
  )
})

test('a person’s refused rollback ends no release that it happens to name', async () => {
  const approval = { approvers: [{ name: 'Ana', email: 'ana@demo.example' }] }
  const machines = await startMachines(file => void Object.assign(file.stages[0] ?? {}, { approval }))
  const { push, reaches, records } = machines
  const v2 = await push('v2')
  await reaches('release/RequestApproval')
  const { release, attempt } = v2
  await refuses(machines, { ...STAGE, reason: REASON, release, attempt })
  expect(await records.readEnd(v2)).toBeUndefined()
})
