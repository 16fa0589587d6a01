import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb'
import { environment, once } from '../environment.ts'
import { StepFailure } from '../failure.ts'
import { readOnce } from '../invocation.ts'

export interface Key {
  pk: string
  sk: string
}
export type Item = Record<string, unknown>

const client = once(() =>
  DynamoDBDocumentClient.from(new DynamoDBClient({}), { marshallOptions: { removeUndefinedValues: true } }),
)
const TableName = () => environment('TABLE')

/** A partition as it is at one moment, for work that only tells what it reads. */
const moment = new AsyncLocalStorage<{ pk: string; items: Item[] }>()

/** Does work that only reads, with this partition read once. */
export async function atOnce<T>(pk: string, work: () => Promise<T>): Promise<T> {
  return moment.run({ pk, items: await query(pk) }, work)
}

function readAlready(pk: string): Item[] | undefined {
  const known = moment.getStore()
  return known?.pk === pk ? known.items : undefined
}

/** Reads consistently: a decision on an old copy of a lock would be no decision. */
export async function get(key: Key): Promise<Item | undefined> {
  const known = readAlready(key.pk)
  if (known) return known.find(({ sk }) => sk === key.sk)
  const { Item } = await client().send(new GetCommand({ TableName: TableName(), Key: key, ConsistentRead: true }))
  return Item
}

/** One that is written once and never changes. */
export function getWritten(key: Key): Promise<Item | undefined> {
  return readOnce(`${key.pk} ${key.sk}`, () => get(key))
}

/** Every item of the partition whose sort key begins with `prefix`, in order. */
export async function query(pk: string, prefix = ''): Promise<Item[]> {
  const known = readAlready(pk)
  if (known) return known.filter(({ sk }) => String(sk).startsWith(prefix))
  const items: Item[] = []
  let from: Item | undefined
  do {
    const page = await client().send(
      new QueryCommand({
        TableName: TableName(),
        KeyConditionExpression: prefix ? 'pk = :pk AND begins_with(sk, :sk)' : 'pk = :pk',
        ExpressionAttributeValues: prefix ? { ':pk': pk, ':sk': prefix } : { ':pk': pk },
        ConsistentRead: true,
        ...(from ? { ExclusiveStartKey: from } : {}),
      }),
    )
    items.push(...(page.Items ?? []))
    from = page.LastEvaluatedKey
  } while (from)
  return items
}

/** False when the key is already taken: the first write stands. */
export function putNew(item: Key & Item): Promise<boolean> {
  return put(item, 'attribute_not_exists(pk)')
}

/** Writes the whole item, whatever stood there; with a `condition`, false when that did not hold. */
export function put(item: Key & Item, condition?: string, values?: Item): Promise<boolean> {
  return happened(
    client().send(
      new PutCommand({
        TableName: TableName(),
        Item: item,
        ...(condition ? { ConditionExpression: condition } : {}),
        ...(values ? { ExpressionAttributeValues: values } : {}),
      }),
    ),
  )
}

/** False when the change's condition did not hold. */
export function update(key: Key, change: Omit<UpdateCommandInput, 'TableName' | 'Key'>): Promise<boolean> {
  return happened(client().send(new UpdateCommand({ TableName: TableName(), Key: key, ...change })))
}

/** False when `only` did not hold. */
export function remove(
  key: Key,
  only?: { condition: string; names: Record<string, string>; values: Item },
): Promise<boolean> {
  return happened(
    client().send(
      new DeleteCommand({
        TableName: TableName(),
        Key: key,
        ...(only && {
          ConditionExpression: only.condition,
          ExpressionAttributeNames: only.names,
          ExpressionAttributeValues: only.values,
        }),
      }),
    ),
  )
}

async function happened(write: Promise<unknown>): Promise<boolean> {
  try {
    await write
    return true
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false
    throw error
  }
}

/** Writers of one item that may meet; each loser reads again. */
const ROUNDS = 20
const FIRST_PAUSE_MS = 5
const LONGEST_PAUSE_MS = 500

/**
 * Reads the item, lets `decide` say what it becomes, and writes that only if nobody wrote in between; else decides again.
 * Returns what `decide` returned for the item that stands. Throws `Transient` when it loses too often.
 */
export async function change<T extends { next?: object | undefined }>(
  key: Key,
  decide: (item: Item | undefined) => T,
): Promise<T> {
  for (let round = 0; round < ROUNDS; round++) {
    const item = await get(key)
    const version = Number(item?.version ?? 0)
    const decision = decide(item)
    if (!decision.next) return decision
    const written = await put(
      { ...key, ...decision.next, version: version + 1 },
      item ? 'version = :version' : 'attribute_not_exists(pk)',
      item ? { ':version': version } : undefined,
    )
    if (written) return decision
    // Who came back at once would meet the same others again.
    await pause(Math.random() * Math.min(FIRST_PAUSE_MS * 2 ** round, LONGEST_PAUSE_MS))
  }
  throw new StepFailure('Transient', `${key.pk} ${key.sk} changed ${ROUNDS} times while it was being changed`)
}
