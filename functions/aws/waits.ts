import * as z from 'zod'
import { get, type Key, put, query, remove } from './dynamodb.ts'

/** One state that waits for one resource, with what it takes to have its step look again. */
export const waiter = z.object({
  resource: z.string(),
  /** All resources that the same try waits for. */
  resources: z.array(z.string()).default([]),
  /** `<execution>#<state>#<stage>` */
  entry: z.string(),
  /** ARN of the execution that waits. */
  execution: z.string(),
  /** ARN of the function version that this execution runs. */
  functionArn: z.string(),
  token: z.string(),
  /** When the state was entered (ISO), and how often it was retried since. */
  entered: z.string(),
  retry: z.int(),
  input: z.unknown(),
})
export type Waiter = z.infer<typeof waiter>

/** The resource whose event wakes whoever waits at a stage. */
export const stageResource = (app: string, stage: string) => `stage/${app}/${stage}`

/** Names a wait: the last part of the execution's ARN, the state, the stage. */
export function entryOf(execution: string, state: string, stage: string): string {
  return `${executionNameIn(execution)}#${state}#${stage}`
}

/** The name that an execution was started under, from its ARN. */
export const executionNameIn = (executionArn: string) => executionArn.slice(executionArn.lastIndexOf(':') + 1)
const partition = (resource: string) => `WAIT#${resource}`
const key = ({ resource, entry }: Pick<Waiter, 'resource' | 'entry'>): Key => ({ pk: partition(resource), sk: entry })

/** Remembers who waits. A late repetition of an earlier try never replaces a newer one; false says so. */
export function remember(wait: Waiter): Promise<boolean> {
  return put(
    { ...key(wait), ...wait },
    'attribute_not_exists(pk) OR entered < :entered OR (entered = :entered AND retry <= :retry)',
    { ':entered': wait.entered, ':retry': wait.retry },
  )
}

export async function waitersFor(resource: string): Promise<Waiter[]> {
  return (await query(partition(resource))).map(item => waiter.parse(item))
}

/** Whether this try of the state still waits: it has neither ended nor been replaced by a newer one. */
export async function stillWaits(wait: Waiter): Promise<boolean> {
  return (await get(key(wait)))?.token === wait.token
}

/** Forgets this wait, unless a newer try of the state has replaced it. */
export async function forget(wait: Waiter): Promise<void> {
  await remove(key(wait), {
    condition: '#token = :token',
    names: { '#token': 'token' },
    values: { ':token': wait.token },
  })
}

/**
 * Forgets one wait at each of its resources. The first of them goes last: a clean-up finds the others by it, if this is
 * interrupted.
 */
export async function forgetEach(waits: readonly Waiter[]): Promise<void> {
  const place = ({ resource, resources }: Waiter) => resources.indexOf(resource)
  for (const wait of waits.toSorted((a, b) => place(b) - place(a))) await forget(wait)
}

/** Forgets where an earlier try of the same entry, which was remembered at this resource too, waits and this one does not. */
export async function forgetElsewhere({ resource, entry, resources, retry }: Waiter): Promise<void> {
  const item = await get(key({ resource, entry }))
  const earlier = item && waiter.parse(item)
  if (!earlier || earlier.retry >= retry) return
  for (const other of earlier.resources) if (!resources.includes(other)) await forget({ ...earlier, resource: other })
}

/** Forgets whatever these executions (ARNs) still wait for at this resource, and everywhere else where they wait for the same. */
export async function forgetAll(resource: string, executions: string[]): Promise<void> {
  for (const execution of executions)
    for (const item of await query(partition(resource), `${executionNameIn(execution)}#`)) {
      const { entry, resources } = waiter.parse(item)
      // The place that it was found by goes last.
      for (const other of [...resources.filter(each => each !== resource), resource])
        await remove(key({ resource: other, entry }))
    }
}
