import { html } from 'hono/html'
import { describe, expect, test } from 'vitest'
import type { Approval } from '../../../domain/approval.ts'
import { releaseId } from '../../../domain/identity.ts'
import { releasePage } from '../../../functions/approval/release-page.ts'
import type { Step } from '../../../functions/view/history.ts'
import type { ReleaseView, StageView } from '../../../functions/view/release-view.ts'

const of = { app: 'demo', release: releaseId.parse('3f9c0a7f6d6a'), attempt: 1 }
const EXECUTION = 'arn:aws:states:eu-west-1:111122223333:execution:release:demo-3f9c0a7f6d6a-1'

const step = (name: string, from: number, more: Partial<Step> = {}): Step => ({
  ...{ name, state: 'done', from, to: from + 1_000, retries: 0 },
  ...more,
})

const production = (steps: Step[], more: Partial<StageView> = {}): StageView => ({
  ...{ name: 'production', steps, rollback: [] },
  ...more,
})

const running = (stage: StageView, more: Partial<ReleaseView> = {}): ReleaseView => ({
  ...{ ...of, tag: 'v2', digests: {}, executionArn: EXECUTION, startedAt: 0, outside: [], stages: [stage] },
  ...more,
})

const shown = async (view: ReleaseView, approvals: Approval[] = []) =>
  String(await releasePage({ view, approvals }, html``, ['demo'], 60_000, html``))

const text = (page: string) =>
  page
    .replace(/<style>[\s\S]*?<\/style>|<script>[\s\S]*?<\/script>/g, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')

describe('the page of a release', () => {
  test('marks the step that runs, for eyes and for readers', async () => {
    const page = await shown(running(production([step('LockStage', 0), { ...RUNNING, from: 40_000 }])))
    expect(page).toContain('<li aria-current="step"><span class="mark running">')
    expect(text(page)).toContain('under way: deploy new version 20s')
    expect(page.match(/aria-current=/g)).toHaveLength(1)
  })

  test('is fetched again for as long as an execution runs, and no longer', async () => {
    const end = { outcome: 'released', reason: 'it runs', at: 9 } as const
    expect(await shown(running(production([RUNNING])))).toContain('<main data-live>')
    expect(await shown(running(production([]), { end }))).toContain('<main data-live>')
    expect(await shown(running(production([]), { end, stoppedAt: 10 }))).toContain('<main>')
  })

  test('tells the way back by its own steps, after what failed', async () => {
    const because = JSON.stringify({ errorType: 'SmokeTestFailed', errorMessage: 'GET /health answered 500, not 200' })
    const stage = production(
      [step('RunSmokeTests', 1_000, { state: 'failed', because }), step('RollBackStage', 2_000, { to: 9_000 })],
      { rollback: [step('TakeLease', 3_000), step('RestorePrevious', 5_000)], outcome: 'rolled-back' },
    )
    const page = text(await shown(running(stage)))
    expect(page).toContain('taken back: rolled back')
    expect(page).toContain('done on the way back: restore previous 1s')
    expect(page).not.toContain('roll back stage')
    const told = ['run smoke tests failed: GET /health answered 500, not 200 .', 'the way back took the stage over']
    expect(page.indexOf(told[0] ?? '')).toBeGreaterThan(0)
    expect(page.indexOf(told[1] ?? '')).toBeGreaterThan(page.indexOf(told[0] ?? ''))
  })

  test('does not call it a failure that a newer release came first', async () => {
    const left = step('RequestApproval', 1_000, { state: 'failed', because: 'release v3 came first' })
    const page = await shown(running(production([left], { outcome: 'superseded' })))
    expect(page).not.toContain('class="mark failed"')
    expect(await shown(running(production([left], { outcome: 'failed' })))).toContain('class="mark failed"')
  })

  test('says why a release ended that was never planned', async () => {
    const because = JSON.stringify({ errorType: 'PlanFailed', errorMessage: 'repository demo-api has no image' })
    const outside = [step('PlanRelease', 1_000, { state: 'failed', because })]
    const end = { outcome: 'failed', reason: because, at: 9 } as const
    const page = text(await shown(running(production([]), { stages: [], outside, end, stoppedAt: 9 })))
    expect(page).toContain('The release is not planned yet.')
    expect(page).toContain('plan release failed: repository demo-api has no image .')
    expect(page).toMatch(/How it ended ✗ failed: failed on .+: repository demo-api has no image \./)
  })
})

const RUNNING: Step = { name: 'DeployNewVersion', state: 'running', from: 0, retries: 0 }
