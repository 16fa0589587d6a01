import { describe, expect, it } from 'vitest'
import type { TaskCall } from '../../../rehearsal/asl/task.ts'
import type { Clock, Timer } from '../../../rehearsal/clock.ts'
import { machine, START, start } from './machines.ts'

const ask = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken', End: true }

/** A clock that writes down how its timers are paced and never fires. */
function pacedBy(log: string[]): Clock {
  const timerOf = (ms: number): Timer => ({
    cancel: () => log.push(`${ms} cancelled`),
    realTime: () => log.push(`${ms} real`),
    awsTime: () => log.push(`${ms} aws`),
  })
  return {
    drive: 'paced',
    speed: 60,
    now: () => START,
    timer: timerOf,
    recurrence: timerOf,
    realEndOf: ms => ms,
    sleep: () => Promise.resolve(),
    hold: () => () => {},
    during: (_, work) => work(),
    around: () => ({ letGo: () => {}, takeUp: () => {} }),
    inFlight: () => [],
    stop: () => {},
  }
}

describe('the time limits of a task', () => {
  it('pass in real time while its function runs, and in AWS time after', async () => {
    const log: string[] = []
    const execution = start(machine({ Ask: { ...ask, HeartbeatSeconds: 20, TimeoutSeconds: 90 } }), {
      clock: pacedBy(log),
      perform: async call => {
        await call.inRealTime(async () => log.push('function runs'))
        return { output: 'done' }
      },
    })
    expect(await execution.outcome).toEqual({ status: 'SUCCEEDED', output: 'done' })
    const [real, aws] = [
      ['20000 real', '90000 real'],
      ['20000 aws', '90000 aws'],
    ]
    expect(log).toEqual([...real, 'function runs', ...aws, '20000 cancelled', '90000 cancelled'])
  })

  it('start a heartbeat that comes while the function runs in real time', async () => {
    const log: string[] = []
    const execution = start(machine({ Ask: { ...ask, HeartbeatSeconds: 20 } }), {
      clock: pacedBy(log),
      perform: async call => {
        await call.inRealTime(async () => call.heartbeat())
        return { output: 1 }
      },
    })
    await execution.outcome
    expect(log).toEqual(['20000 real', '20000 cancelled', '20000 real', '20000 aws', '20000 cancelled'])
  })
})

describe('a task', () => {
  it('is told to its host as the state machine has it', async () => {
    const calls: TaskCall[] = []
    const Arguments = { FunctionName: 'f', Payload: { token: '{% $states.context.Task.Token %}' } }
    const execution = start(machine({ Ask: { ...ask, Arguments } }), {
      perform: async call => {
        calls.push(call)
        return { output: null }
      },
    })
    await execution.outcome
    const [call] = calls
    expect(call).toMatchObject({
      state: 'Ask',
      parameters: { FunctionName: 'f', Payload: { token: call?.token } },
      integration: { resourceType: 'lambda', resource: 'invoke.waitForTaskToken', pattern: 'callback' },
    })
    expect(call?.token).toMatch(/^[A-Za-z0-9+/=]{64,1024}$/)
    expect(call?.signal.aborted).toBe(true)
  })

  it('takes the state input where it has no Arguments', async () => {
    const execution = start(machine({ Ask: ask }), { input: { a: 1 } })
    expect(await execution.outcome).toEqual({ status: 'SUCCEEDED', output: { a: 1 } })
  })

  it('refuses a result of more than 256 KiB', async () => {
    const execution = start(machine({ Ask: ask }), { perform: async () => ({ output: 'x'.repeat(262_144) }) })
    expect(await execution.outcome).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' })
  })

  it('has time limits within the bounds also from an expression', async () => {
    const execution = start(machine({ Ask: { ...ask, TimeoutSeconds: '{% 0 %}' } }))
    expect(await execution.outcome).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' })
  })
})
