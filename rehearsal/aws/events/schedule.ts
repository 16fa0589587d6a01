import type { Clock, Timer } from '../../clock.ts'
import { AwsError } from '../service.ts'
import { notRehearsed } from '../wire/endpoint.ts'

const UNITS: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 }

/** Milliseconds from one run to the next. Throws for what EventBridge refuses; `cron(…)` is refused by name. */
export function intervalOf(expression: string): number {
  if (expression.startsWith('cron(')) throw notRehearsed(`the schedule ${expression}`)
  const [, count = '', unit = '', plural] = /^rate\(([1-9]\d*) (minute|hour|day)(s?)\)$/.exec(expression) ?? []
  const interval = UNITS[unit]
  if (!interval || (count === '1') === (plural === 's'))
    throw new AwsError('ValidationException', 'Parameter ScheduleExpression is not valid.')
  return Number(count) * interval
}

/** The rules that run by the clock. AWS does not say when the first run is; here it is one interval after the rule was put. */
export function createSchedules(clock: Clock, run: (rule: string) => void) {
  const scheduled = new Map<string, { expression: string; timer: Timer }>()

  function arm(rule: string, expression: string): void {
    const timer = clock.recurrence(intervalOf(expression), () => {
      arm(rule, expression)
      run(rule)
    })
    scheduled.set(rule, { expression, timer })
  }

  return {
    /** Puts, leaves as it is, or takes away. */
    set(rule: string, expression: string | undefined): void {
      const current = scheduled.get(rule)
      if (current?.expression === expression) return
      current?.timer.cancel()
      scheduled.delete(rule)
      if (expression !== undefined) arm(rule, expression)
    },
  }
}
