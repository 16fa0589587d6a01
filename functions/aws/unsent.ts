import { type Notification, notification } from '../../events/notification.ts'
import { type Key, put, query, remove } from './dynamodb.ts'

/** Notifications that the topic did not take, until somebody sends them again. */
const PARTITION = 'UNSENT'
const key = (id: string): Key => ({ pk: PARTITION, sk: id })

export async function keepUnsent(told: Notification): Promise<void> {
  await put({ ...key(told.id), told })
}

export async function unsent(): Promise<Notification[]> {
  return (await query(PARTITION)).map(({ told }) => notification.parse(told))
}

export async function forgetUnsent({ id }: Notification): Promise<void> {
  await remove(key(id))
}
