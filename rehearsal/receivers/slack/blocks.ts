import { z } from 'zod'

const words = (longest: number) => z.string().min(1).max(longest)
const plainText = (longest: number) =>
  z.strictObject({ type: z.literal('plain_text'), text: words(longest), emoji: z.boolean().optional() })
const markdown = (longest: number) =>
  z.strictObject({ type: z.literal('mrkdwn'), text: words(longest), verbatim: z.boolean().optional() })
const text = (longest: number) => z.discriminatedUnion('type', [plainText(longest), markdown(longest)])
const url = z.url().max(3000)

const id = words(255).optional()
const button = z.strictObject({
  type: z.literal('button'),
  text: plainText(75),
  action_id: id,
  url: url.optional(),
  value: z.string().max(2000).optional(),
  style: z.enum(['primary', 'danger']).optional(),
})
const image = z.strictObject({ type: z.literal('image'), image_url: url, alt_text: words(2000) })

const section = z
  .strictObject({
    type: z.literal('section'),
    block_id: id,
    text: text(3000).optional(),
    fields: z.array(text(2000)).min(1).max(10).optional(),
    accessory: z.discriminatedUnion('type', [button, image]).optional(),
  })
  .refine(said => said.text || said.fields, 'must define either `text` or `fields`')
const header = z.strictObject({ type: z.literal('header'), block_id: id, text: plainText(150) })
const divider = z.strictObject({ type: z.literal('divider'), block_id: id })
const contextElement = z.discriminatedUnion('type', [text(3000), image])
const context = z.strictObject({
  type: z.literal('context'),
  block_id: id,
  elements: z.array(contextElement).min(1).max(10),
})
const buttons = z
  .array(button)
  .min(1)
  .max(25)
  .refine(all => areDistinct(all.map(one => one.action_id)), 'each `action_id` must be of one element only')
const actions = z.strictObject({ type: z.literal('actions'), block_id: id, elements: buttons })

/** The blocks that are rehearsed, with Slack's documented limits; others, and properties beyond them, are refused. */
const message = z
  .array(z.discriminatedUnion('type', [section, header, divider, context, actions]))
  .max(50)
  .refine(all => areDistinct(all.map(one => one.block_id)), 'each `block_id` must be of one block only')

/** Why Slack would not show these blocks, each reason with its place; none if it would. */
export function faultsOfBlocks(blocks: unknown[]): string[] {
  const { issues } = message.safeParse(blocks).error ?? { issues: [] }
  return issues.map(({ message, path }) => `${message} [json-pointer:/${['blocks', ...path].join('/')}]`)
}

function areDistinct(ids: (string | undefined)[]): boolean {
  const given = ids.filter(one => one !== undefined)
  return new Set(given).size === given.length
}
