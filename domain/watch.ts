import * as z from 'zod'
import { duration, percent } from './field.ts'

/** What is looked at while the new version has users and the old one is still warm. */
export const watch = z
  .strictObject({
    for: duration({ min: '1m', max: '12h' }).describe(
      'How long; CloudWatch says what happened one to three minutes later.',
    ),
    alarms: z
      .array(z.string().min(1).max(255))
      .max(100)
      .default([])
      .describe('Names of CloudWatch alarms, metric or composite. One that rings takes the stage back.'),
    errorRate: z
      .strictObject({
        above: percent.describe(
          'Share of answers with a status of 500 and more that takes the stage back, such as 10%.',
        ),
        atLeast: z
          .int()
          .min(1)
          .max(1_000_000)
          .default(100)
          .describe('Requests that must have been answered before their share of errors counts.'),
      })
      .optional()
      .describe("Judged for each service by its own target group's metrics."),
    extend: duration({ min: '1m', max: '12h' })
      .default(10 * 60_000)
      .describe('How much longer it is watched where there was too little to see.'),
    unclear: z
      .enum(['complete', 'roll-back'])
      .default('complete')
      .describe('What happens where there is still too little to see after that: requests, or data of an alarm.'),
  })
  .refine(({ alarms, errorRate }) => alarms.length > 0 || errorRate !== undefined, {
    error: 'names nothing to look at; write alarms or errorRate',
  })
  .refine(({ alarms }) => new Set(alarms).size === alarms.length, {
    path: ['alarms'],
    error: 'names an alarm twice; list it once',
  })
  .describe('What is watched after the traffic has moved, before the old version is given up.')
export type Watch = z.infer<typeof watch>
