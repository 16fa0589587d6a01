import * as z from 'zod'

/** What is done after a stage was released. */
export const afterAction = z
  .strictObject({
    kind: z.literal('cloudfront-invalidation', {
      error: issue => `${issue.input === undefined ? 'is missing; write' : 'must be'} "cloudfront-invalidation"`,
    }),
    distribution: z
      .string()
      .regex(/^[A-Z0-9]{5,20}$/, { error: 'must be the id of a CloudFront distribution, such as E1A2B3C4D5E6F7' })
      .describe('Id of the CloudFront distribution.'),
    paths: z
      .array(
        z
          .string()
          .regex(/^\/[^\s]{0,255}$/, { error: 'must be a path that begins with "/" and holds no space, such as "/*"' }),
      )
      .min(1)
      .max(100)
      .describe('What CloudFront forgets; `/*` is everything.'),
  })
  .describe('An action once the stage is released.')
