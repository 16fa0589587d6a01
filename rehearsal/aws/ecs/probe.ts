import type { HealthCheck } from '@aws-sdk/client-ecs'
import type { Clock } from '../../clock.ts'
import type { RunningContainer } from '../../fleet/container.ts'
import { askWithin } from '../../fleet/patience.ts'
import { notRehearsed } from './names.ts'

export interface Probe {
  port: number
  path: string
  /** `curl` without `-f` is content with any answer. */
  acceptsErrors: boolean
}

const PROBE =
  /^\s*(curl|wget)\s[^|;&]*?https?:\/\/(?:localhost|127\.0\.0\.1)(?::(\d+))?(\/[^\s'"|]*)?['"]?\s*[^|;&]*(?:\|\|\s*exit\s+1\s*)?$/

/** A container health check as the HTTP request that it makes; a command that is none is refused by name. */
export function probeOf(healthCheck: HealthCheck): Probe {
  const [kind, ...rest] = healthCheck.command ?? []
  const command = rest.join(' ')
  const [whole, tool, port = '80', path = '/'] = PROBE.exec(command) ?? []
  if ((kind !== 'CMD-SHELL' && kind !== 'CMD') || !whole)
    throw notRehearsed(`the health check command ${JSON.stringify(healthCheck.command)}`)
  const fails = tool === 'wget' || /\s(-[a-zA-Z]*f|--fail)/.test(command)
  return { port: Number(port), path, acceptsErrors: !fails }
}

/**
 * Checks a container as Docker does: first after one interval, failures of the start period not counted.
 * `judged` is called when the verdict changes.
 */
export function watchHealth(
  clock: Clock,
  container: RunningContainer,
  healthCheck: HealthCheck,
  ownPort: number | undefined,
  judged: (status: 'HEALTHY' | 'UNHEALTHY') => void,
): { cancel(): void } {
  const probe = probeOf(healthCheck)
  const { interval = 30, timeout = 5, retries = 3, startPeriod = 0 } = healthCheck
  const started = clock.now()
  let failures = 0
  let verdict: 'HEALTHY' | 'UNHEALTHY' | undefined
  let cancelled = false
  const become = (next: 'HEALTHY' | 'UNHEALTHY') => {
    if (verdict !== next) judged(next)
    verdict = next
  }
  const check = async () => {
    const passed = probe.port === ownPort && (await answers(clock, container, probe, timeout))
    if (cancelled) return
    if (passed) failures = 0
    else if (clock.now() >= started + startPeriod * 1000 || verdict === 'HEALTHY') failures++
    if (passed) become('HEALTHY')
    else if (failures >= retries) become('UNHEALTHY')
    again()
  }
  const again = () => {
    timer = clock.timer(interval * 1000, () => void clock.during('container health check', check))
  }
  let timer = clock.timer(interval * 1000, () => void clock.during('container health check', check))
  return {
    cancel() {
      cancelled = true
      timer.cancel()
    },
  }
}

async function answers(clock: Clock, container: RunningContainer, probe: Probe, seconds: number): Promise<boolean> {
  const request = { method: 'GET', path: probe.path, headers: { host: 'localhost' }, body: Buffer.alloc(0) }
  // That nobody answers is what the check is there to find out.
  const answer = await askWithin(clock, seconds, container.endpoint, request).catch(() => undefined)
  return answer !== undefined && (probe.acceptsErrors || answer.status < 400)
}
