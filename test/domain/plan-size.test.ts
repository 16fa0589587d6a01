import { expect, test } from 'vitest'
import { applicationSchema } from '../../domain/application.ts'
import { mistakes, sentence } from '../../domain/invalid.ts'

const range = (count: number) => Array.from({ length: count }, (_, n) => n)

/** As many stages, services, images and smoke tests as a file may have, with URLs of so many characters. */
function largest(urlCharacters: number): unknown {
  const url = 'https://shop.example/'.padEnd(urlCharacters, 'x')
  const stage = (t: number) => ({
    name: `stage-${t}`,
    cluster: `shop-stage-${t}`,
    services: range(10).map(s => ({
      ...{ service: `shop-stage-${t}-service-${s}`, container: 'api', image: `image-${t}-${s}`, strategy: 'rolling' },
    })),
    smoke: range(20).map(s => ({ service: `shop-stage-${t}-service-${s % 10}`, url })),
  })
  const images = range(10).flatMap(t => range(10).map(s => [`image-${t}-${s}`, `shop/image-${t}-${s}`]))
  return { app: 'shop', images: Object.fromEntries(images), trigger: { tags: '^v' }, stages: range(10).map(stage) }
}

function linesOf(file: unknown): string[] {
  const parsed = applicationSchema.safeParse(file, { reportInput: true })
  return parsed.success ? [] : mistakes(parsed.error, file).map(sentence)
}

test('an application of ten stages with ten services, twenty smoke tests and ten images each can be planned', () => {
  expect(linesOf(largest(200))).toEqual([])
})

test('one whose plans the ledger could not keep is refused with their size and what to do, before anything is deployed', () => {
  expect(linesOf(largest(1_500))).toEqual([
    expect.stringMatching(
      /^stages: .*: the plan of a release comes to 4\d\d,\d{3} bytes, and the ledger keeps 400,000 of one; shorten URLs/,
    ),
  ])
})
