import type { Stage } from '../../../../domain/application.ts'
import { type DigestSet, digest, releaseId } from '../../../../domain/identity.ts'
import { freed } from '../../../../domain/lock.ts'
import { recordEnd, recordPlan, registerRelease } from '../../../../functions/aws/ledger.ts'
import { changeLock } from '../../../../functions/aws/lock.ts'
import type { Defect, Seed } from '../seeds.ts'

const RELEASE = releaseId.parse('5a1ce0a7f6d6')
let attempt = 0

/** A release of a file that was otherwise, which goes on until it is undone. */
function planned(change: (stages: Stage[]) => Stage[], repository = 'demo-api'): Seed {
  return async ({ application: { app, stages, notify } }) => {
    const of = { app, release: RELEASE, attempt: ++attempt }
    const digests: DigestSet = { api: digest.parse(`sha256:${'5a1c'.repeat(16)}`) }
    const image = { name: 'api', repository, uri: `registry/${repository}`, platforms: [] }
    const images = Object.fromEntries(Object.entries(digests).map(([name, digest]) => [name, { ...image, digest }]))
    const entry = { ...of, tag: 'v2', digests, order: attempt }
    await registerRelease(entry)
    await recordPlan({ ...entry, queue: 'supersede', images, stages: change(structuredClone(stages)), notify })
    return async () => void (await recordEnd(of, { outcome: 'released', reason: 'it went through', at: attempt }))
  }
}

/** The same once it has ended, while it is being taken back. */
const takenBack =
  (seed: Seed): Seed =>
  async account => {
    await (await seed(account))()
    const [app, stage] = [account.application.app, 'production']
    const held = { holder: 'rollback', release: RELEASE, attempt, since: 0, rollback: true as const }
    await changeLock(app, stage, lock => ({ next: { ...lock, held } }))
    return async () => void (await changeLock(app, stage, lock => ({ next: freed(lock) })))
  }

const renamed = (stages: Stage[]) =>
  stages.map(stage => ({
    ...stage,
    services: stage.services.map(each => ({ ...each, service: each.service.replace('demo-api', 'demo-old') })),
  }))
const moved = (stages: Stage[]) => stages.slice(-1).map(stage => ({ ...stage, name: 'live', cluster: 'demo-live' }))

/** What goes on while the file changes. */
export const UNDER_WAY: Defect[] = [
  {
    defect: 'a release on its way through a stage that the file no longer has',
    seed: planned(moved),
    finds: {
      check: 'under-way',
      found: 'names at live what this file does not: service demo-api of cluster demo-live',
    },
    remedy: 'npm run -s sluice -- watch demo 5a1ce0a7f6d6-',
  },
  {
    defect: 'a release on its way whose images come from elsewhere',
    seed: planned(stages => stages, 'demo-former'),
    finds: {
      check: 'under-way',
      found: '(v2) is on its way and names what this file does not: repository demo-former',
    },
    remedy: 'npm run -s sluice -- abort demo 5a1ce0a7f6d6-',
  },
  {
    defect: 'a way back of a service that the file no longer has',
    seed: takenBack(planned(stages => renamed(stages).slice(-1))),
    finds: { check: 'under-way', found: 'service demo-old of cluster demo-production; with this file deployed it can' },
    remedy: 'leave that in the deployed file, or deploy it again, until the release has ended',
  },
]
