import type { Stage } from '../../domain/application.ts'
import { openDeployments } from '../aws/deployments.ts'
import type { Watched } from '../aws/watched.ts'

/** Service → percent of its users that ECS sends to the version that is being deployed. */
export type Traffic = Record<string, number>

/** Of the services that shift traffic, and are being deployed now. */
export async function readTraffic({ cluster, services }: Stage): Promise<Traffic> {
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

/** `demo-api 0.4 % errors of 412 (before: 0.0 % of 380)`: what was seen of each service so far. */
export function watchTold({ services }: Watched): string {
  return Object.entries(services)
    .map(([service, { green, blue }]) => {
      const before = blue && blue.requests > 0 ? ` (old version ${errorsTold(blue)})` : ''
      return `${service} ${errorsTold(green)}${before}`
    })
    .join(', ')
}

/** `0.4 % errors of 412` */
export function errorsTold({ requests, errors }: { requests: number; errors: number }): string {
  if (requests === 0) return 'nothing seen yet'
  return `${((errors / requests) * 100).toFixed(1)} % errors of ${requests.toLocaleString('en')}`
}
