import { expect, test } from 'vitest'
import { groundOf, imageFolder, versionsOf } from '../../cli/rehearsing/fleet.ts'
import { validApplication } from '../../cli/rehearsing/rehearse-arguments.ts'

const demo = validApplication('apps/demo.yaml')

test('the demo has a fleet and images of its own', () => {
  const ground = groundOf('apps/demo.yaml', demo)
  expect(ground.fleet).toMatch(/apps\/demo\.fleet\.ts$/)
  expect(versionsOf(ground, 'demo-api')).toContain('v2')
})

test('a variation of the demo is rehearsed on the fleet of the demo', () => {
  expect(groundOf('/elsewhere/variation.yaml', demo)).toEqual(groundOf('apps/demo.yaml', demo))
})

test('an application without a fleet is told what to write', () => {
  const images = { web: 'shop-web' }
  expect(() => groundOf('apps/shop.yaml', { ...demo, images })).toThrow(/has no fleet .* write .*apps\/shop\.fleet\.ts/)
})

test('an image that nobody has written is told by where it should be', () => {
  expect(() => imageFolder(groundOf('apps/demo.yaml', demo), 'demo-api', 'v9')).toThrow(
    /write .*demo-api\/v9\/container\.mjs/,
  )
})
