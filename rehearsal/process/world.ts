import type { Clock } from '../clock.ts'

/** Host name, or `host:port`, → port on this machine. */
export type Hosts = Readonly<Record<string, number>>

/** What the preload of a child process is told: what time AWS has, and which hosts this machine stands for. */
export interface World {
  time: { aws: number; real: number; speed: number }
  hosts: Hosts
}

export function worldNow(clock: Clock, hosts: Hosts): World {
  const real = performance.timeOrigin + performance.now()
  return { time: { aws: clock.now(), real, speed: clock.speed }, hosts }
}

/** For `node --import`; the world at the start goes into the environment variable REHEARSAL as JSON. */
export const PRELOAD = new URL('preload.mjs', import.meta.url).href
