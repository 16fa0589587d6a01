import { shareTold } from '../../domain/answers.ts'
import type { Stage } from '../../domain/application.ts'
import { silenceOf, type WatchResult } from '../../domain/watch.ts'
import { openDeployments } from '../aws/deployments.ts'
import type { Watched } from '../aws/watched.ts'

/** Service → percent of its users that ECS sends to the version that is being deployed. */
export type Traffic = Record<string, number>

/** Of the services that shift traffic, and are being deployed now. */
export async function readShares({ cluster, services }: Stage): Promise<Traffic> {
  const traffic: Traffic = {}
  for (const { service, strategy } of services) {
    if (strategy !== 'blue-green') continue
    const [deployment] = await openDeployments(cluster, service)
    if (deployment) traffic[service] = deployment.share
  }
  return traffic
}

const BAR = 10

/** `demo-api ███░░░░░░░ 30 %` for each service. */
export function trafficTold(traffic: Traffic): string {
  return Object.entries(traffic)
    .map(([service, share]) => `${service} ${barOf(share)} ${share} %`)
    .join(', ')
}

function barOf(share: number): string {
  const full = Math.round((share / 100) * BAR)
  return '█'.repeat(full) + '░'.repeat(BAR - full)
}

/** `demo-api 0.4 % errors of 412 (old version 0.0 % errors of 380), alarm slow has no data`: what was seen so far. */
export function watchTold({ services, alarms }: Watched): string {
  const unwell = Object.entries(alarms).flatMap(
    ([name, state]) => silenceOf({ name, state }) ?? (state === 'ALARM' ? `alarm ${name} rings` : []),
  )
  return [...answersTold(services), ...unwell].join(', ')
}

/** What a watch that has ended well has seen, by its result, and what not. */
export function watchedTold(
  { alarms, lifted = [], unclear }: Partial<WatchResult>,
  watched: Watched | undefined,
): string {
  const quiet = alarms && unclear === undefined ? 'no alarm rang' : []
  const rang = lifted.length > 0 ? `rang all the time, as a person had let it: ${lifted.join(', ')}` : quiet
  const unseen = unclear === undefined ? [] : `not seen: ${unclear}`
  const told = [unseen, rang, answersTold(watched?.services ?? {})].flat()
  return told.join('; ') || 'nothing of it was new'
}

function answersTold(services: Watched['services']): string[] {
  return Object.entries(services).map(([service, { green, blue }]) => {
    const before = blue && blue.requests > 0 ? ` (old version ${errorsTold(blue)})` : ''
    return `${service} ${errorsTold(green)}${before}`
  })
}

/** `0.4 % errors of 412` */
export function errorsTold(answers: { requests: number; errors: number }): string {
  if (answers.requests === 0) return 'nothing seen yet'
  return `${shareTold(answers)} errors of ${answers.requests.toLocaleString('en')}`
}
