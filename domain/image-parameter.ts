import * as z from 'zod'
import type { Refuse } from './people.ts'

/** Name of an SSM parameter, by SSM's own rules. */
export const imageParameter = z
  .string()
  .max(900)
  .regex(/^([A-Za-z0-9_.-]+|(\/[A-Za-z0-9_.-]+){1,15})$/, {
    error:
      'must be the name of an SSM parameter, such as /shop/api/image: at most 15 levels of letters, digits, "_", "." and "-"',
  })
  .refine(given => !/^\/?(aws|ssm)/i.test(given), {
    error: 'begins with "aws" or "ssm", which SSM keeps for itself; rename it',
  })
  .describe(
    'Name of an SSM parameter that is given the image, by digest, once the stage serves it: for CDK and CloudFormation that take it from there.',
  )

/** `/image` and `image` are one parameter to SSM, and one ARN. */
export function parameterPath(name: string): string {
  return name.replace(/^\//, '')
}

interface Writer {
  service: string
  image: string
  imageParameter?: string | undefined
}

/** A parameter holds one image: whoever shares it runs the same image of the same stage. */
export function checkImageParameters(
  stages: readonly { name: string; services: readonly Writer[] }[],
  refuse: Refuse,
): void {
  const writers = new Map<string, { stage: string; service: string; image: string }>()
  stages.forEach(({ name: stage, services }, s) => {
    services.forEach(({ service, image, imageParameter: parameter }, n) => {
      if (parameter === undefined) return
      const other = writers.get(parameterPath(parameter))
      writers.set(parameterPath(parameter), other ?? { stage, service, image })
      if (!other || (other.stage === stage && other.image === image)) return
      refuse(
        ['stages', s, 'services', n, 'imageParameter'],
        parameter,
        `holds the image of ${other.stage} ${other.service} already; name another one`,
      )
    })
  })
}

export type ImageToWrite =
  | { kind: 'write'; parameter: string; image: string }
  /** Services that share the parameter serve different images. */
  | { kind: 'torn'; parameter: string; images: string[] }

/** What each parameter is to hold, by what the services that name it serve. */
export function imagesToWrite(served: readonly { parameter: string; image: string }[]): ImageToWrite[] {
  const images = new Map<string, { parameter: string; images: Set<string> }>()
  for (const { parameter, image } of served) {
    const known = images.get(parameterPath(parameter)) ?? { parameter, images: new Set() }
    images.set(parameterPath(parameter), { ...known, images: known.images.add(image) })
  }
  return [...images.values()].map(({ parameter, images: [image = '', ...others] }): ImageToWrite => {
    if (others.length > 0) return { kind: 'torn', parameter, images: [image, ...others] }
    return { kind: 'write', parameter, image }
  })
}
