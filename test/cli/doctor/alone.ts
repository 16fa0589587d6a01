import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { parse, stringify } from 'yaml'
import { readApplication, versionOf } from '../../../apps/read.ts'
import { FILE } from './account.ts'

/** The demo with nothing but the service that the tests look at most. */
export function alone(): { file: string; version: string } {
  const { images, stages, ...rest } = parse(readFileSync(FILE, 'utf8')) as File
  const isApi = ({ service }: { service: string }) => service === 'demo-api'
  const folder = mkdtempSync(join(tmpdir(), 'alone-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'alone.yaml')
  const less = stages.map(({ groups: _, services, smoke, ...stage }) => ({
    ...{ ...stage, services: services.filter(isApi), smoke: smoke.filter(isApi) },
  }))
  writeFileSync(file, stringify({ ...rest, images: { api: images.api }, stages: less }))
  const read = readApplication(file)
  if (read.kind === 'invalid') throw new Error(read.mistakes.join('\n'))
  return { file, version: versionOf(read.application) }
}

interface File {
  images: Record<string, string>
  stages: { groups?: unknown; services: { service: string }[]; smoke: { service: string }[] }[]
}
