import * as z from 'zod'
import type { applicationSchema } from './application.ts'
import { releaseInput } from './identity.ts'
import { plannedImage } from './image.ts'
import { queueMode } from './queue.ts'

/** What PlanRelease settles once: the images with their platforms, and the application file as it stood. */
export const plan = releaseInput.extend({
  /** Event time of the first push, in ms: releases are ordered by it. */
  order: z.number(),
  /** What newer releases do to this one, and it to older ones; absent in plans of before there was a choice. */
  queue: queueMode.default('supersede'),
  images: z.record(z.string(), plannedImage),
  stages: z.array(z.custom<z.infer<typeof applicationSchema>['stages'][number]>()),
  /** Who is told; absent in plans of before there was anybody to tell. */
  notify: z.custom<z.infer<typeof applicationSchema>['notify']>().default({}),
})
export type Plan = z.infer<typeof plan>
