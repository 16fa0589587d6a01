import * as z from 'zod'
import { get, putNew, query, update } from './dynamodb.ts'

/** What is known of a tag, beside the push that orders its releases. Times are ms. */
const tagEntry = z.object({
  /** Event time of the last push that led to a release, or was found to lead to none. */
  handled: z.number().optional(),
  /** Event time of the push that was the first to find every image with it. */
  complete: z.number().optional(),
  /** The images that did not carry it when last seen, and when it was pushed. */
  incomplete: z.object({ pushedAt: z.number(), missing: z.array(z.string()) }).optional(),
  /** The newest push of it that waits for more, and until when. */
  settling: z.object({ pushedAt: z.number(), until: z.number() }).optional(),
})
export type TagEntry = z.infer<typeof tagEntry>

const application = (app: string) => `APP#${app}`
const tagKey = (app: string, tag: string) => ({ pk: application(app), sk: `TAG#${tag}` })

/** A tag that was never heard of has nothing. */
export async function readTag(app: string, tag: string): Promise<TagEntry> {
  return tagEntry.parse((await get(tagKey(app, tag))) ?? {})
}

/** Tag → what is known of it, over all that were heard of. */
export async function tagsOf(app: string): Promise<Map<string, TagEntry>> {
  const items = await query(application(app), 'TAG#')
  return new Map(items.map(item => [String(item.sk).replace('TAG#', ''), tagEntry.parse(item)]))
}

export async function recordIncomplete(app: string, tag: string, of: NonNullable<TagEntry['incomplete']>) {
  await update(tagKey(app, tag), {
    UpdateExpression: 'SET incomplete = :of',
    ConditionExpression: 'attribute_not_exists(incomplete) OR incomplete <> :of',
    ExpressionAttributeValues: { ':of': of },
  })
}

/** Event time of the push that found the tag complete: the first word stands, so that of two at the same time one waits for more. */
export async function recordComplete(app: string, tag: string, pushedAt: number): Promise<number> {
  await update(tagKey(app, tag), {
    UpdateExpression: 'SET complete = :at',
    ConditionExpression: 'attribute_not_exists(complete)',
    ExpressionAttributeValues: { ':at': pushedAt },
  })
  return (await readTag(app, tag)).complete ?? pushedAt
}

/** Of two pushes that wait, the newer one stands. */
export async function recordSettling(app: string, tag: string, of: NonNullable<TagEntry['settling']>): Promise<void> {
  await update(tagKey(app, tag), {
    UpdateExpression: 'SET settling = :of',
    ConditionExpression: 'attribute_not_exists(settling) OR settling.pushedAt < :at',
    ExpressionAttributeValues: { ':of': of, ':at': of.pushedAt },
  })
}

/** When an application was first looked at (ms), and which tags all its images carried then: the newest. */
const installed = z.object({ at: z.number(), tags: z.array(z.string()) })
export type Installed = z.infer<typeof installed>

const installedKey = (app: string) => ({ pk: application(app), sk: 'INSTALLED' })

/** The first word stands. */
export async function recordInstalled(app: string, { at, tags }: Installed): Promise<void> {
  await putNew({ ...installedKey(app), at, tags })
}

export async function readInstalled(app: string): Promise<Installed | undefined> {
  const item = await get(installedKey(app))
  return item && installed.parse(item)
}
