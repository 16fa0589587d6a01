import { type Notification, notification } from '../../events/notification.ts'
import { type Key, put, query, remove } from './dynamodb.ts'

/** Notifications that the topic did not take, until somebody sends them again. */
const PARTITION = 'UNSENT'
const key = (id: string): Key => ({ pk: PARTITION, sk: id })

export async function keepUnsent(told: Notification): Promise<void> {
  await put({ ...key(told.id), told })
}

export interface Unsent {
  /** In the order in which it happened: some who listen cannot take back what they were told last. */
  kept: Notification[]
  /** What is no notification, as far as this code knows. */
  unreadable: { id: string; told: unknown }[]
}

export async function unsent(): Promise<Unsent> {
  const found: Unsent = { kept: [], unreadable: [] }
  for (const { sk, told } of await query(PARTITION)) {
    const { data } = notification.safeParse(told)
    if (data) found.kept.push(data)
    else found.unreadable.push({ id: String(sk), told })
  }
  found.kept.sort((one, other) => one.at - other.at)
  return found
}

export async function forgetUnsent(id: string): Promise<void> {
  await remove(key(id))
}
