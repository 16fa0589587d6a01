import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { awsTime, runningRehearsal, tellOthers } from '../../cli/rehearsing/running.ts'
import { createClock } from '../../rehearsal/clock.ts'

let file: string
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'running-'))
  file = join(folder, 'running.json')
  onTestFinished(() => rmSync(folder, { recursive: true }))
})

const START = Date.parse('2026-03-01T09:00:00Z')

test('a rehearsal that stays up is found by others, who know its endpoint and its time', () => {
  const clock = createClock({ drive: 'jump', start: START })
  tellOthers({ env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }, clock }, file)
  const found = runningRehearsal(file)
  expect(found?.env).toEqual({ AWS_ENDPOINT_URL: 'http://127.0.0.1:1' })
  expect(found && awsTime(found)).toBe(START)
})

test('one whose process has ended is none', () => {
  const clock = { aws: START, real: START, speed: 1 }
  writeFileSync(file, JSON.stringify({ pid: 2 ** 22 + 1, env: {}, clock }))
  expect(runningRehearsal(file)).toBeUndefined()
})

test('without any there is none', () => {
  expect(runningRehearsal(file)).toBeUndefined()
})
