import { randomUUID } from 'node:crypto'
import type { Clock } from '../../clock.ts'
import type { Senders } from '../wire/senders.ts'
import { type Answer, timedOut, withinLimit } from './answers.ts'
import type { Environment, Request } from './environment.ts'
import type { ExecutionRole } from './execution-role.ts'
import { deliverTwice, demandAccepted, type Fault, type Faults, withFault } from './faults.ts'
import type { Target } from './functions.ts'
import type { Pool } from './pool.ts'

export interface DeliveriesOptions {
  clock: Clock
  pool: Pool
  role: Pick<ExecutionRole, 'log'>
  senders: Senders
  /** What goes wrong; asked at every attempt. */
  faults: () => Faults
}

/** Invocations on their way through an execution environment. Each holds the clock until it is answered. */
export function createDeliveries({ clock, pool, role, senders, faults }: DeliveriesOptions) {
  let stopped = false

  function run(target: Target, payload: string, id?: string): Promise<Answer> {
    if (stopped) return never()
    const fault = faults()(target.version, payload)
    const deliver = (meets?: Fault) => serve(target, { id: id ?? randomUUID(), arn: target.arn, payload }, meets)
    return fault === 'twice' ? deliverTwice(deliver) : deliver(fault)
  }

  function serve({ version }: Target, request: Request, fault: Fault | undefined): Promise<Answer> {
    return clock.during(`lambda ${version.name}`, async () => {
      if (stopped) return never()
      demandAccepted(fault)
      const { id } = request
      const environment = pool.take(version)
      const log = (line: string) => role.log(version, environment.logStream, line)
      log(`START RequestId: ${id} Version: ${version.version}`)
      const start = performance.now()
      let killed: Promise<void> | undefined
      const killHost = () => {
        killed ??= pool.killAll()
        return killed
      }
      const answer = await withFault(fault, { id, seconds: version.timeout, killHost }, () =>
        ask(environment, request, fault === 'kill-host' ? killHost : undefined),
      )
      // Whoever was waiting is not to act on how a stopped rehearsal ends.
      if (stopped) return never()
      const took = performance.now() - start
      log(`END RequestId: ${id}`)
      log(`REPORT RequestId: ${id}\tDuration: ${took.toFixed(2)} ms\tMemory Size: ${version.memorySize} MB`)
      if (fault) await environment.kill()
      pool.give(environment)
      return withinLimit(answer)
    })
  }

  /** `beforeAnswer` happens between the function's first request to AWS and the answer to it. */
  async function ask(
    environment: Environment,
    request: Request,
    beforeAnswer: (() => Promise<void>) | undefined,
  ): Promise<Answer> {
    const { accessKey, timeout } = environment.version
    const late = Promise.withResolvers<Answer>()
    const isOver = senders.begin({
      accessKeyId: accessKey.accessKeyId,
      limit: timeout * 1000,
      timeOut() {
        late.resolve(timedOut(request.id, timeout))
        void environment.kill()
      },
      resume: environment.update,
      ...(beforeAnswer && { beforeAnswer }),
    })
    try {
      return await Promise.race([environment.invoke(request), late.promise])
    } finally {
      isOver()
    }
  }

  return {
    run,
    /** Nobody gets an answer any more. */
    stop() {
      stopped = true
    },
  }
}

const never = () => new Promise<never>(() => {})
