import type { SmokeTest, Stage } from '../domain/application.ts'
import { type HeldStage, heldStage } from '../domain/identity.ts'
import { type Answer, judgeAnswer, type SmokeVerdict } from '../domain/smoke.ts'
import { readRevision } from './aws/ledger.ts'
import { assertLease } from './aws/lock.ts'
import { readNewVersion } from './deploying/new-version.ts'
import { failed } from './failure.ts'
import { type Needs, readsDeployments, readsRules, readsTaskDefinitions, usesTable } from './permissions.ts'
import { type Requested, requestsOf } from './smoke/requests.ts'
import { done, step } from './step.ts'
import { logOfContainer } from './stopped-tasks.ts'

export const needs: Needs = {
  timeoutSeconds: 45,
  permissions: site => [
    usesTable(site, 'GetItem'),
    {
      ...usesTable(site, 'PutItem'),
      unused: {
        'dynamodb:PutItem': 'whoever first sees the deployment records it: DeployNewVersion, unless it was cut short',
      },
    },
    ...readsDeployments(site),
    readsRules,
    readsTaskDefinitions,
  ],
}

/**
 * After it: every smoke test of the stage was asked once and answered as the application file says; those of a green by the
 * rule for tests, before any user saw it.
 */
export const handler = step({
  name: 'RunSmokeTests',
  input: heldStage,
  run: async input => {
    await assertLease(input)
    const version = await readNewVersion(input)
    const { stage } = version
    const asked = await requestsOf(input, version, Date.now())
    if (asked.kind === 'failed') return asked
    const verdicts = await Promise.all(asked.requests.map(verdictOn))
    const wrong: string[] = []
    for (const [at, verdict] of verdicts.entries())
      if (verdict.kind === 'failed') wrong.push(`${verdict.because}${await whereItLogs(input, stage, stage.smoke[at])}`)
    if (wrong.length > 0) return failed('SmokeTestFailed', `${stage.name}: ${wrong.join('; ')}`)
    const slowest = Math.max(0, ...verdicts.map(verdict => (verdict.kind === 'passed' ? verdict.tookMs : 0)))
    return done({ passed: verdicts.length, slowestMs: Math.round(slowest) })
  },
})

/** Where the new version of the service that a test speaks for writes its log. */
async function whereItLogs(of: HeldStage, stage: Stage, test: SmokeTest | undefined): Promise<string> {
  const service = stage.services.find(candidate => candidate.service === test?.service)
  const revision = service && (await readRevision(of, service.service))
  const log = revision && (await logOfContainer(revision, service.container))
  return log ? ` (log: ${log.group}${log.streams ? `, streams ${log.streams}/…` : ''})` : ''
}

async function verdictOn({ test, on, request }: Requested): Promise<SmokeVerdict> {
  if (request.kind === 'reachable') return judgeAnswer(test, await ask(request, test), on)
  return { kind: 'failed', because: `GET ${test.url} cannot come to ${on}: ${request.because}` }
}

/** Time over the limit that a late answer is given, so that "slow" can be told from "none". */
const GRACE_MS = 5_000

async function ask(
  { url, headers }: { url: string; headers: Record<string, string> },
  { within }: SmokeTest,
): Promise<Answer> {
  const from = performance.now()
  try {
    const response = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(within + GRACE_MS) })
    await response.arrayBuffer()
    return { kind: 'answered', status: response.status, tookMs: performance.now() - from }
  } catch (error) {
    const { message, cause } = error as Error
    return { kind: 'no-answer', error: cause instanceof Error ? cause.message : message }
  }
}
