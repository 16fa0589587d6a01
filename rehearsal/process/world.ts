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

/**
 * How Node starts a task that sees the same time and the same few hosts as functions do. In the jump drive only what runs to its
 * end is a process, and it keeps the moment of its start: AWS's time stands while it works, and jumps without it only when it hangs.
 */
export function asRehearsed(clock: Clock, hosts: () => Hosts) {
  const environment = () => ({ REHEARSAL: JSON.stringify(worldNow(clock, hosts())) })
  return { nodeArguments: ['--import', PRELOAD], environment }
}
