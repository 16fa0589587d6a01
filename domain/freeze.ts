import * as z from 'zod'

/** A time in which a stage is not changed; the one who writes it says why. */
const freeze = z
  .strictObject({
    from: z.string().describe('`2026-12-23T18:00:00+01:00`, or every week `Fri 16:00`.'),
    until: z.string().describe('Its end, written in the same way.'),
    zone: z.string().optional().describe('Time zone of a weekly freeze, such as Europe/Berlin; default: UTC.'),
    because: z.string().min(1).max(200).describe('Why, in the words that whoever is stopped will read.'),
  })
  .describe('A time in which this stage is not changed.')

export const freezes = z.array(freeze).max(50).describe('When this stage is not changed, whatever is pushed.')
export type Freeze = z.infer<typeof freeze>
