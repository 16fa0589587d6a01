import type { AttemptOf, HeldStage, Lease, ReleaseInput } from '../../domain/identity.ts'
import { digest, releaseId } from '../../domain/identity.ts'
import { freed, type Lock, lock as lockSchema, taken, withRequest } from '../../domain/lock.ts'
import type { Plan } from '../../domain/plan.ts'
import { type Behaviour, REGISTRY } from './fleet.ts'
import type { World } from './world.ts'

export const RELEASE = releaseId.parse('3f9c0a7f6d6a')
/** ARN of the release's execution. */
export const EXECUTION = 'arn:aws:states:eu-west-1:111122223333:execution:release:demo-3f9c0a7f6d6a-1'

/** What the ledger, the approvals and a lock say; loaded with the handlers, since both share their clients. */
export async function loadRecords() {
  const [ledger, stages, approvals, locks, waits, pushes] = await Promise.all([
    import('../../functions/aws/ledger.ts'),
    import('../../functions/aws/stage-ledger.ts'),
    import('../../functions/aws/approvals.ts'),
    import('../../functions/aws/lock.ts'),
    import('../../functions/aws/waits.ts'),
    import('../../functions/aws/pushes.ts'),
  ])
  return { ...ledger, ...stages, ...approvals, ...locks, ...waits, ...pushes }
}
export type Records = Awaited<ReturnType<typeof loadRecords>>

export interface Release {
  records: Records
  plan: Plan
  /** What a step gets once the lock is held. */
  held: HeldStage
  lease: Lease
  lock(): Promise<Lock>
  /** Somebody else changes the lock, by intention. */
  changeLock(change: (lock: Lock) => Lock): Promise<void>
  loseLease(): Promise<void>
  /** `by`: ARN of the execution that is to perform it. */
  requestRollback(reason: string, by?: string): Promise<void>
  /** What this release registered for the service. */
  revision(service?: string): Promise<string | undefined>
}

/** A release of `v2` that is planned, at its first stage. */
export async function planRelease(world: World, content: Behaviour = 'two'): Promise<Release> {
  const records = await loadRecords()
  const { application } = world
  const of: AttemptOf = { app: application.app, release: RELEASE, attempt: 1 }
  const images: Plan['images'] = {}
  for (const [name, repository] of Object.entries(application.images)) {
    const pushed = world.push('v2', content, repository)
    const platforms = [digest.parse(pushed.child)]
    images[name] = {
      name,
      repository,
      uri: `${REGISTRY}/${repository}`,
      digest: digest.parse(pushed.digest),
      platforms,
    }
  }
  const digests = Object.fromEntries(Object.values(images).map(image => [image.name, image.digest]))
  const input: ReleaseInput = { ...of, tag: 'v2', digests }
  await records.registerRelease({ ...input, order: world.now() })
  const plan = await records.recordPlan({
    ...input,
    order: world.now(),
    queue: application.trigger.queue,
    images,
    stages: application.stages,
    notify: application.notify,
  })

  const stage = plan.stages[0]?.name ?? ''
  const lease: Lease = { holder: EXECUTION, fence: 1 }
  const changeLock = async (change: (lock: Lock) => Lock) => {
    await records.changeLock(of.app, stage, lock => ({ next: change(lock) }))
  }
  return {
    records,
    plan,
    held: { ...of, stage, lease },
    lease,
    lock: () => records.readLock(of.app, stage),
    changeLock,
    loseLease: () =>
      changeLock(lock => taken(freed(lock), { ...of, holder: 'another', order: world.now() }, world.now())),
    requestRollback: (reason, by = EXECUTION.replaceAll('release', 'rollback')) =>
      changeLock(lock => withRequest(lock, { reason, at: world.now(), by })),
    revision: (service = 'demo-api') => records.readRevision({ ...of, stage }, service),
  }
}

/** The same, once it holds its first stage's lock. */
export async function lockedRelease(world: World, content?: Behaviour): Promise<Release> {
  const release = await planRelease(world, content)
  const { held, plan, lease } = release
  await release.changeLock(() =>
    taken(lockSchema.parse({}), { ...held, holder: lease.holder, order: plan.order }, world.now()),
  )
  return release
}

/** The same, once the ledger says what the stage served before. */
export async function checkedRelease(world: World, content?: Behaviour): Promise<Release> {
  const release = await lockedRelease(world, content)
  const { records, held, plan } = release
  const services: Record<string, Awaited<ReturnType<typeof served>>> = {}
  for (const { service } of plan.stages[0]?.services ?? []) services[service] = await served(world, service)
  await records.recordBefore(held, { at: world.now(), services })
  return release
}

async function served(world: World, name: string) {
  const { serviceArn = '', taskDefinition = '', currentServiceRevisions: [current] = [] } = await world.describe(name)
  const { serviceRevisions: [revision] = [] } = await world.ask<{
    serviceRevisions?: { containerImages?: { containerName?: string; imageDigest?: string }[] }[]
  }>(world.services.ecs, 'DescribeServiceRevisions', { serviceRevisionArns: [current?.arn] })
  const digests = Object.fromEntries(
    (revision?.containerImages ?? []).map(image => [image.containerName ?? '', image.imageDigest ?? '']),
  )
  const proof = Object.fromEntries(Object.entries(digests).map(([container, seen]) => [container, [seen]]))
  return { serviceArn, revisionArn: current?.arn ?? '', taskDefinition, digests, proof, base: taskDefinition }
}
