import type { Evidence, Pages } from '../../../cli/faults/evidence.ts'

export const BEFORE = { front: { api: 'sha256:old' } }
export const PUSHED = { front: { api: 'sha256:new' } }

/** The attempt and stage that the tags name. */
export const BY = 'shop-c4b353e4cc93-1 at production'

export const pages = (has: Partial<Pages>): Pages => ({
  on: ['rolled-back', 'rollback-failed', 'failed'],
  ...{ open: 0, resolved: 0, changes: 0 },
  ...has,
})

/** A quiet release of one version to one stage, with `over` instead of what it was. */
export function quiet(over: Partial<Evidence> = {}): Evidence {
  return {
    happened: [],
    pushes: ['v2'],
    ledger: [
      {
        tag: 'v2',
        release: 'c4b353e4cc93',
        outcome: 'released',
        status: 'SUCCEEDED',
        stages: [{ name: 'production', outcome: 'released', before: BEFORE }],
      },
    ],
    rollbacks: [],
    rollbacksTold: [],
    served: { production: { before: BEFORE, pushed: { v2: PUSHED }, now: PUSHED } },
    snapshots: [BY],
    tasks: [{ of: 'migrations', by: BY, kind: 'migration', from: 10, to: 20, exitCode: 0 }],
    deployments: [
      { of: 'front', from: 1, to: 2 },
      { of: 'front', from: 30, to: 40 },
      { of: 'worker', from: 35, to: 45 },
    ],
    left: { locks: 0, blocked: 0, waits: 0, unsent: 0, hooks: 0 },
    waits: [],
    executions: { 'arn:release': 'SUCCEEDED' },
    started: 1,
    late: { unused: 1, tried: 1, counted: 0 },
    channel: { posts: ['✓ shop `v2` is released'], ends: 1, saysPausesStay: false },
    pages: pages({ changes: 1 }),
    users: { total: 300, failed: 0 },
    denied: [],
    refused: [],
    ...over,
  }
}

/** The same, ended otherwise: production serves what it served. */
export function ended(outcome: 'rolled-back' | 'failed' | 'aborted', over: Partial<Evidence> = {}): Evidence {
  const said = { 'rolled-back': 'was rolled back at production', failed: 'failed', aborted: 'was stopped' }[outcome]
  const [release] = quiet().ledger
  if (!release) throw new Error('there is no release')
  return quiet({
    ledger: [{ ...release, outcome, status: 'FAILED', stages: [{ name: 'production', outcome, before: BEFORE }] }],
    served: { production: { before: BEFORE, pushed: { v2: PUSHED }, now: BEFORE } },
    channel: { posts: [`↩ shop \`v2\` ${said}`], ends: 1, saysPausesStay: false },
    pages: pages({ open: outcome === 'failed' ? 1 : 0, resolved: outcome === 'rolled-back' ? 1 : 0 }),
    ...over,
  })
}

const NEWEST = { front: { api: 'sha256:newest' } }

/** Two more that came while the first held the stage: the last one was released, the other gave way to it. */
export function overtaken(over: Partial<Evidence> = {}): Evidence {
  const [v2] = quiet().ledger
  if (!v2) throw new Error('there is no release')
  return quiet({
    ledger: [
      v2,
      { ...v2, tag: 'v3', release: '824b7685d445', outcome: 'superseded', stages: [] },
      { ...v2, tag: 'v4', release: '658a25660bfa', stages: [{ ...served(PUSHED), outcome: 'released' }] },
    ],
    pushes: ['v2', 'v3', 'v4'],
    started: 3,
    served: { production: { before: BEFORE, pushed: { v2: PUSHED, v3: {}, v4: NEWEST }, now: NEWEST } },
    channel: {
      posts: ['`v2` is released', '`v3` gave way to a newer release', '`v4` is released'],
      ends: 3,
      saysPausesStay: false,
    },
    pages: pages({ changes: 2 }),
    ...over,
  })
}

const served = (before: typeof PUSHED) => ({ name: 'production', before })
