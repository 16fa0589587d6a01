import * as z from 'zod'
import { digest } from '../domain/identity.ts'

/** ECR says that an image came, went or moved to another storage class. Delivered at best effort. */
export const ecrImageAction = z.object({
  source: z.literal('aws.ecr'),
  'detail-type': z.literal('ECR Image Action'),
  time: z.iso.datetime(),
  detail: z.object({
    result: z.enum(['SUCCESS', 'FAILURE']),
    'action-type': z.string(),
    'repository-name': z.string().min(1),
    'image-digest': digest,
    /** Absent for what has no tag of its own: the platforms of an index, attestations. */
    'image-tag': z.string().min(1).max(300).optional(),
  }),
})
export type EcrImageAction = z.infer<typeof ecrImageAction>

/** Pushes of a tag to exactly these repositories. */
export function pushesTo(repositories: string[]) {
  return {
    source: ['aws.ecr'],
    detailType: ['ECR Image Action'],
    detail: {
      'action-type': ['PUSH'],
      result: ['SUCCESS'],
      'repository-name': repositories,
      'image-tag': [{ exists: true }],
    },
  }
}
