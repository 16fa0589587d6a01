import type { Template } from './read.ts'

const LARGEST_BYTES = 1_000_000
const MOST_RESOURCES = 500
const MOST_OUTPUTS = 200

/** The template, which is uploaded as this text. Throws what CloudFormation answers where it is more than it takes. */
export function demandTakable(text: string, template: Template): Template {
  if (Buffer.byteLength(text) > LARGEST_BYTES)
    throw new Error(`Template may not exceed ${LARGEST_BYTES} bytes in size.`)
  demandAtMost('resources', Object.keys(template.Resources).length, MOST_RESOURCES)
  demandAtMost('outputs', Object.keys(template.Outputs).length, MOST_OUTPUTS)
  return template
}

function demandAtMost(what: string, count: number, most: number): void {
  if (count > most)
    throw new Error(`Template format error: Number of ${what}, ${count}, is greater than maximum allowed, ${most}`)
}
