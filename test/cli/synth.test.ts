import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { synthesize } from '../../cli/rehearsing/synth.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assemblies-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
})

test('who asks while another synthesizes gets the same assembly, and an unchanged tree is not synthesized again', async () => {
  const both = await Promise.all([synthesize(['apps/demo.yaml'], folder), synthesize(['apps/demo.yaml'], folder)])
  const again = await synthesize(['apps/demo.yaml'], folder)
  expect(new Set([...both, again].map(({ directory }) => directory)).size).toBe(1)
  expect([...both, again].filter(({ tookMs }) => tookMs !== undefined)).toHaveLength(1)
  expect(existsSync(join(again.directory, 'manifest.json'))).toBe(true)
  expect(readdirSync(folder)).toHaveLength(1)
})

test('an application file that is wrong fails with its mistakes, and leaves nothing behind', async () => {
  const file = join(folder, 'wrong.yaml')
  writeFileSync(file, 'app: Shop')
  const assemblies = join(folder, 'assemblies')
  await expect(synthesize([file], assemblies)).rejects.toThrow('wrong.yaml: app: "Shop"')
  expect(readdirSync(assemblies)).toEqual([])
})
