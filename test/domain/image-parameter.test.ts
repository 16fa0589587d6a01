import { describe, expect, test } from 'vitest'
import { applicationSchema } from '../../domain/application.ts'
import { type ImageToWrite, imagesToWrite } from '../../domain/image-parameter.ts'
import { mistakes, sentence } from '../../domain/invalid.ts'

type Written = [stage: string, service: string, image: 'api' | 'web', parameter: string]

function linesOf(...written: Written[]): string[] {
  const stages = [...new Set(written.map(([stage]) => stage))].map(name => ({
    name,
    cluster: name,
    services: written
      .filter(([stage]) => stage === name)
      .map(([, service, image, imageParameter]) => ({
        ...{ service, container: 'app', image, strategy: 'rolling', imageParameter },
      })),
  }))
  const images = Object.fromEntries(written.map(([, , image]) => [image, `shop-${image}`]))
  const file = { app: 'shop', images, trigger: { tags: '^v' }, stages }
  const parsed = applicationSchema.safeParse(file, { reportInput: true })
  return parsed.success ? [] : mistakes(parsed.error, file).map(sentence)
}

describe('the name of a parameter', () => {
  test.each([
    '/shop/api/image',
    'shop-api_image.1',
    '/image',
    `/${Array.from({ length: 15 }, (_, n) => n).join('/')}`,
    '/shop/aws/ssm',
  ])('%s is taken', parameter => {
    expect(linesOf(['production', 'shop-api', 'api', parameter])).toEqual([])
  })

  test.each([
    ['shop/api', 'must be the name of an SSM parameter'],
    ['/shop/api/', 'must be the name of an SSM parameter'],
    ['/shop//api', 'must be the name of an SSM parameter'],
    ['/shop/api image', 'must be the name of an SSM parameter'],
    ['/shop/api:2', 'must be the name of an SSM parameter'],
    [
      `/${Array.from({ length: 16 }, (_, n) => n).join('/')}`,
      'must be the name of an SSM parameter, such as /shop/api/image: at most 15 levels',
    ],
    ['/aws/shop', 'begins with "aws" or "ssm"'],
    ['SSM-shop', 'begins with "aws" or "ssm"'],
  ])('%s is refused', (parameter, because) => {
    const [line, ...more] = linesOf(['production', 'shop-api', 'api', parameter])
    expect(line).toContain(`stages.0.services.0.imageParameter: "${parameter}": ${because}`)
    expect(more).toEqual([])
  })
})

describe('a parameter holds one image', () => {
  test.each<[string, Written[]]>([
    [
      'two services of one stage that run it may share the parameter',
      [
        ['production', 'shop-api', 'api', '/shop/image'],
        ['production', 'shop-jobs', 'api', '/shop/image'],
      ],
    ],
    [
      'two services may each have their own',
      [
        ['production', 'shop-api', 'api', '/shop/api'],
        ['production', 'shop-web', 'web', '/shop/web'],
      ],
    ],
  ])('%s', (_, written) => {
    expect(linesOf(...written)).toEqual([])
  })

  test.each<[string, Written[], string]>([
    [
      'another image of the stage has none of it',
      [
        ['production', 'shop-api', 'api', '/shop/image'],
        ['production', 'shop-web', 'web', '/shop/image'],
      ],
      'stages.0.services.1.imageParameter: "/shop/image": holds the image of production shop-api already; name another one',
    ],
    [
      'nor has another stage',
      [
        ['staging', 'shop-api', 'api', '/shop/image'],
        ['production', 'shop-api', 'api', '/shop/image'],
      ],
      'stages.1.services.0.imageParameter: "/shop/image": holds the image of staging shop-api already; name another one',
    ],
    [
      'whether it is written with its slash or without',
      [
        ['staging', 'shop-api', 'api', '/image'],
        ['production', 'shop-api', 'api', 'image'],
      ],
      'stages.1.services.0.imageParameter: "image": holds the image of staging shop-api already; name another one',
    ],
  ])('%s', (_, written, line) => {
    expect(linesOf(...written)).toEqual([line])
  })
})

test.each<[string, { parameter: string; image: string }[], ImageToWrite[]]>([
  ['nothing is written where nothing is served', [], []],
  [
    'each parameter is written once',
    [
      { parameter: '/api', image: 'api@1' },
      { parameter: 'api', image: 'api@1' },
      { parameter: '/web', image: 'web@1' },
    ],
    [
      { kind: 'write', parameter: '/api', image: 'api@1' },
      { kind: 'write', parameter: '/web', image: 'web@1' },
    ],
  ],
  [
    'one whose services serve different images is left alone, the others are not',
    [
      { parameter: '/api', image: 'api@1' },
      { parameter: '/web', image: 'web@1' },
      { parameter: '/api', image: 'api@2' },
    ],
    [
      { kind: 'torn', parameter: '/api', images: ['api@1', 'api@2'] },
      { kind: 'write', parameter: '/web', image: 'web@1' },
    ],
  ],
])('%s', (_, served, expected) => {
  expect(imagesToWrite(served)).toEqual(expected)
})
