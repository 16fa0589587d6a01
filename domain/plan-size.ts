import type { Application } from './application.ts'

/** Of one item of DynamoDB, in bytes; a plan is one. */
export const LARGEST_PLAN = 400_000

/** What a plan adds to the file for each image: its registry, its digest and those of ten platforms, and what it claims of itself. */
const OF_AN_IMAGE = 'x'.repeat(1_200)
/** The release itself. */
const OF_THE_RELEASE = 'x'.repeat(1_000)

/** Bytes of the plan of any release of these stages and images, at most. */
export function planSizeOf({ images, stages, notify }: Pick<Application, 'images' | 'stages' | 'notify'>): number {
  const planned = Object.entries(images).map(([name, repository]) => [name, repository, repository, OF_AN_IMAGE])
  return new TextEncoder().encode(JSON.stringify([planned, stages, notify, OF_THE_RELEASE])).length
}

/** Why the plan of a release would not fit into the ledger; undefined where it does. */
export function tooLargeToPlan(application: Pick<Application, 'images' | 'stages' | 'notify'>): string | undefined {
  const size = planSizeOf(application)
  if (size <= LARGEST_PLAN) return undefined
  const [counted, taken] = [size, LARGEST_PLAN].map(bytes => bytes.toLocaleString('en'))
  return `the plan of a release comes to ${counted} bytes, and the ledger keeps ${taken} of one; shorten URLs and commands, or have fewer stages, images, smoke tests and freezes in this application and the others in one of its own`
}
