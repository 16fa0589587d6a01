import * as z from 'zod'

/** EventBridge says that it is time; at least once for each time. */
export const scheduledEvent = z.object({
  source: z.literal('aws.events'),
  'detail-type': z.literal('Scheduled Event'),
})
