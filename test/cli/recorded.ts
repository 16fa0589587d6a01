import { readFileSync } from 'node:fs'
import type { HistoryEvent } from '@aws-sdk/client-sfn'
import { digest, releaseId } from '../../domain/identity.ts'
import { readHistory } from '../../functions/view/history.ts'
import type { ReleaseView } from '../../functions/view/release-view.ts'

/** The history of an execution of the demo whose smoke tests failed, or of its rollback. */
export function recorded(machine: 'release' | 'rollback'): HistoryEvent[] {
  const text = readFileSync(new URL(`./histories/${machine}.json`, import.meta.url), 'utf8')
  return JSON.parse(text, (key, value) => (key === 'timestamp' ? new Date(value) : value))
}

const api = digest.parse(`sha256:${'61b0'.repeat(16)}`)

/** A release of the demo as its histories tell it up to these numbers of events. */
export function viewAfter(releaseEvents: number, rollbackEvents = 0): ReleaseView {
  const { outside, stages } = readHistory(recorded('release').slice(0, releaseEvents))
  const of = { app: 'demo', release: releaseId.parse('f96191f499bc'), attempt: 1, tag: 'v2-failing-smoke' }
  const service = {
    ...{ service: 'demo-api', container: 'api', image: 'api' },
    ...({ strategy: 'rolling', taskDefinition: 'latest' } as const),
  }
  const smoke = { service: 'demo-api', url: 'http://demo.example/version', status: 200, within: 2_000 }
  const deploy = { within: 900_000 }
  const stage = { name: 'production', cluster: 'demo', services: [service], smoke: [smoke], deploy, after: [] }
  const served = {
    serviceArn: 's',
    revisionArn: 'r',
    taskDefinition: 't',
    base: 't',
    digests: { api: `sha256:${'30d4'.repeat(16)}` },
    proof: {},
  }
  return {
    ...of,
    digests: { api },
    plan: { ...of, digests: { api }, order: 0, queue: 'supersede', images: {}, stages: [stage], notify: {} },
    outside,
    stages: [
      {
        name: 'production',
        steps: stages[0] ?? [],
        rollback: readHistory(recorded('rollback').slice(0, rollbackEvents)).outside,
        before: { at: 0, services: { 'demo-api': served } },
      },
    ],
  }
}
