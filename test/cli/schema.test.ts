import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { applicationJsonSchema, SCHEMA_FILE } from '../../cli/commands/schema.ts'

test('the schema for editors is that of the application file; if not: npm run -s sluice -- schema', () => {
  expect(JSON.parse(readFileSync(SCHEMA_FILE, 'utf8'))).toEqual(JSON.parse(JSON.stringify(applicationJsonSchema())))
})
