import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { chosenFiles } from '../../../cli/doctor/chosen.ts'
import { FILE } from './account.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'apps-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
})

const file = (name: string, text: string) => writeFileSync(join(folder, name), text)
const ofShop = readFileSync(FILE, 'utf8').replace(/^app: demo$/m, 'app: shop')
const installed = { stack: 'Sluice', status: 'CREATE_COMPLETE', versions: [], links: undefined }

test('an application is found by its name, whatever its file is called, and whatever is beside it', () => {
  file('broken.yaml', 'app: [')
  file('web.yaml', ofShop)
  expect(chosenFiles('shop', undefined, folder)).toMatchObject([{ kind: 'valid', application: { app: 'shop' } }])
})

test('the mistakes of a file that may be meant are told, since they hide what it is of', () => {
  file('shop.yaml', 'app: shop\nimages: { api: shop-api }\ntrigger: { tags: v }\nstages: nope\n')
  const mistakes = [expect.stringMatching(/^apps\/shop\.yaml: stages/)]
  expect(chosenFiles('shop', undefined, folder)).toMatchObject([{ kind: 'invalid', file: 'shop', mistakes }])
  const applications = ['shop']
  expect(chosenFiles(undefined, { ...installed, applications }, folder)).toMatchObject([{ kind: 'invalid', mistakes }])
})

test('an application that no file is of is refused where every file says whose it is', () => {
  file('shop.yaml', ofShop)
  expect(() => chosenFiles('web', undefined, folder)).toThrow('web: no file of apps/ is of this application')
})
