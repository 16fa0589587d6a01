import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { validateFiles } from '../../cli/commands/validate.ts'

const VALID = `
app: shop
images: { api: shop-api }
trigger: { tags: '^v' }
stages:
  - name: production
    cluster: shop
    services:
      - { service: api, container: api, image: api, strategy: rolling }
`

function written(...texts: string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'applications-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return texts.map((text, at) => {
    const file = join(folder, `${at}.yaml`)
    writeFileSync(file, text)
    return file
  })
}

test('a valid file passes without a word', () => {
  expect(validateFiles(written(VALID))).toEqual({ passed: 1, failed: 0, mistakes: [] })
})

test('every mistake of a file is told with its place, its value and its remedy', () => {
  const [file = ''] = written(VALID.replace('image: api', 'image: web').replace('rolling', 'canary'))
  const { passed, failed, mistakes } = validateFiles([file])
  expect({ passed, failed }).toEqual({ passed: 0, failed: 1 })
  expect(mistakes).toContain(
    `${file}: stages.0.services.0.strategy: "canary": strategy canary: not supported yet; write "blue-green" or "rolling"`,
  )
})

test('what a database cannot do is told like any other mistake', () => {
  const [file = ''] = written(
    `${VALID}    backup: { kind: dynamodb, id: shop }
    migrate: { taskDefinition: shop-migrations, container: migrate, image: api, onRollback: down }
`,
    `${VALID}    migrate: { taskDefinition: shop-migrations, container: migrate, image: api, onRollback: restore }
`,
  )
  const other = file.replace('0.yaml', '1.yaml')
  expect(validateFiles([file, other])).toEqual({
    passed: 0,
    failed: 2,
    mistakes: [
      `${file}: stages.0.backup.kind: "dynamodb": must be one of "rds-instance", "rds-cluster", "task", "none"`,
      `${other}: stages.0.migrate.onRollback: "restore": needs a backup of kind rds-instance or rds-cluster in this stage; write one, or keep`,
    ],
  })
})

test('one wrong file does not hide another', () => {
  const [right = '', wrong = ''] = written(VALID, VALID.replace('cluster: shop', 'cluster: my shop'))
  expect(validateFiles([wrong, right, `${right}.gone`])).toMatchObject({ passed: 1, failed: 2 })
})

test('two files of one application are told from each other', () => {
  const [one = '', other = ''] = written(VALID, VALID)
  expect(validateFiles([one, other]).mistakes).toEqual([`${other}: app: "shop": is the name in ${one} too; rename one`])
})

test('what is not YAML is told as that', () => {
  const [file = ''] = written('app: [shop')
  expect(validateFiles([file]).mistakes[0]).toMatch(/is not YAML/)
})
