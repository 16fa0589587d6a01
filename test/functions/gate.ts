import type { Approval, Decision, Voted } from '../../domain/approval.ts'
import { releaseId, type StageOf } from '../../domain/identity.ts'
import type { LockWish } from '../../domain/lock.ts'
import type { Approver } from '../../domain/people.ts'
import type { QueueMode } from '../../domain/queue.ts'
import type { Waiter } from '../../functions/aws/waits.ts'
import type { RequestFault } from '../../rehearsal/aws/wire/faults.ts'
import { planRelease, type Release } from './release.ts'
import { type Entry, enter, type Standing } from './waiting.ts'
import { createWorld, type World } from './world.ts'

export const OTHER = releaseId.parse('bbbbbbbbbbbb')
export const STAGE = 'stage/demo/production'

const approver = (name: string): Approver => ({ name, email: `${name.toLowerCase()}@demo.example` })

/** What a test changes of the question. */
export interface Asking {
  approvers?: string[]
  required?: number
  expiresAfter?: string
  queue?: QueueMode
}

export interface Gate extends Omit<Entry, 'check'> {
  world: World
  release: Release
  of: StageOf
  input: StageOf & { order: number }
  /** Another release that is this much newer than ours (ms); older where it is less than 0. */
  another(newer: number): LockWish
  /** The state is entered, or entered again after a void question. */
  enters(over?: Partial<StageOf & { order: number }>, execution?: string): Promise<Entry>
  /** Has the step look, as an event does. */
  wake(): Promise<Standing>
  waiters(): Promise<Waiter[]>
  /** The question of a round; fails where nobody was asked. */
  asked(round?: number): Promise<Approval>
  decides(
    approver: string,
    decision?: Decision['decision'],
    more?: Partial<Decision> & { round?: number },
  ): Promise<Voted>
  /** What Sluice announced of the stage, as far as AWS has brought it. */
  announced: string[]
  /** The addresses that got a mail with a link, once it has arrived. */
  mailed(): Promise<string[]>
}

/** A release of `v2` before production, which Ana and Bo are asked about by e-mail. */
export async function atTheGate({
  approvers = ['Ana', 'Bo'],
  required = 1,
  expiresAfter,
  queue = 'supersede',
}: Asking = {}): Promise<Gate> {
  const approval = { approvers: approvers.map(approver), required, ...(expiresAfter && { expiresAfter }) }
  const world = await createWorld(file => {
    Object.assign(file.stages[0] ?? {}, { approval })
    Object.assign(file.trigger, { queue })
  })
  const release = await planRelease(world)
  const [{ handler }, { decide }] = await Promise.all([
    import('../../functions/request-approval.ts'),
    import('../../functions/aws/decide.ts'),
  ])
  const { lease: _, ...of } = release.held
  const input = { ...of, order: release.plan.order }
  const announced: string[] = []
  world.services.events.putRule({ name: 'hears', pattern: { source: ['sluice'] }, targets: [] })
  world.services.events.faults = event => {
    announced.push(event['detail-type'])
    return 'drop'
  }
  const waiters = () => release.records.waitersFor(STAGE)
  const enters: Gate['enters'] = (over, execution) => enter(world, handler, { ...input, ...over }, execution)
  const entry = await enters()
  return {
    ...{ world, release, of, input, waiters, announced, enters },
    ...{ token: entry.token, begin: entry.begin, standing: entry.standing },
    another: newer => ({ holder: 'another', release: OTHER, attempt: 1, order: input.order + newer }),
    async wake() {
      const [waiter] = await waiters()
      if (!waiter) throw new Error('nobody waits')
      return entry.check(waiter)
    },
    async asked(round = 1) {
      const found = await release.records.readApproval({ ...of, round })
      if (!found) throw new Error(`nobody was asked in round ${round}`)
      return found
    },
    decides: (approver, decision = 'approve', { round = 1, ...more } = {}) =>
      decide({ ...of, round }, { approver, decision, comment: '', how: 'email', at: world.now(), ...more }),
    async mailed() {
      await world.pass(1_000)
      return world.services.mailbox.map(({ to }) => to)
    },
  }
}

/** Users change the stage's task definition, so that it is no longer what people were asked about. */
export const changeStage = (world: World) => world.register({ cpu: '512', memory: '1024' })

/** The n-th call of the operation is throttled, or fails as it is said, once. */
export function failsAt(
  { services: { faults } }: World,
  service: string,
  operation: string,
  n: number,
  does: RequestFault = 'throttle',
): void {
  let calls = 0
  faults.add({ service, operation, does, principal: () => ++calls === n })
}
