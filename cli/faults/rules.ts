import type { BrokenName } from './play.ts'

/** A rule of the code by which something is safe, and how it is switched off. */
export interface Rule {
  /** What it is good for, in one sentence. */
  says: string
  file: string
  /** The text that is there once, and what stands there instead. */
  text: string
  instead: string
  /** The cells that must fail without it, and hold with it: `<journey> <fault>`. */
  cells: readonly [string, ...string[]]
  /** What does not hold in them then, among others. */
  breaks: BrokenName
  /** Why its cells' journeys fail without it where nothing goes wrong, too: then they show that it is missed, not that the fault needs it. */
  always?: string
}

/** Each is switched off by itself, and must be missed. */
export const RULES: readonly Rule[] = [
  {
    says: 'whoever has lost the stage changes it no more',
    file: 'domain/lock.ts',
    text: "if (lock.held?.holder !== lease.holder || lock.fence !== lease.fence) return 'lost'",
    instead: '',
    cells: ['release CloseStage:outlive'],
    breaks: 'as told',
  },
  {
    says: 'a release gives the stage back when a person wants it',
    file: 'functions/aws/lock.ts',
    text: 'if (rollbackRequested)',
    instead: 'if (false)',
    cells: ['manual-rollback TakeLease:crash-before'],
    breaks: 'outcome',
    always: 'a person wants the stage back there',
  },
  {
    says: 'a snapshot is known by its name',
    file: 'functions/backup/snapshot.ts',
    text: 'const [id, source] = [snapshotName(of), named.toLowerCase()]',
    instead: 'const [id, source] = [snapshotName(of) + Math.random().toString(36).slice(2), named.toLowerCase()]',
    cells: ['release BackUpDatabase:crash-after'],
    breaks: 'one snapshot',
    always: 'every state that waits for its snapshot looks for it again',
  },
  {
    says: 'nothing is verified on the way back before whatever ran under the old lease is over',
    file: 'functions/rollback/quiet.ts',
    text: '(takenOverAt ?? 0) + LONGEST_FUNCTION_MS',
    instead: '(takenOverAt ?? 0)',
    cells: ['release DeployNewVersion:arrive-late'],
    breaks: 'nothing left',
  },
  {
    says: 'what came late is taken back once more',
    file: 'statemachines/rollback.asl.yaml',
    text: '- ErrorEquals: [ChangedAgain]',
    instead: '- ErrorEquals: [NeverThrown]',
    cells: ['release DeployNewVersion:arrive-late'],
    breaks: 'outcome',
  },
  {
    says: 'a state whose event was lost looks by itself',
    file: 'statemachines/release.asl.yaml',
    text: 'MaxAttempts: 99999999',
    instead: 'MaxAttempts: 0',
    cells: ['release RDS DB Snapshot Event:drop'],
    breaks: 'outcome',
    always: 'what takes longer than a heartbeat is looked at again',
  },
  {
    says: 'a step of a release that crashed is tried again',
    file: 'statemachines/release.asl.yaml',
    text: '          - Runtime.ExitError\n',
    instead: '',
    cells: ['release LockStage:crash-before', 'release CheckPreconditions:crash-after'],
    breaks: 'outcome',
  },
  {
    says: 'a step of a way back that crashed is tried again',
    file: 'statemachines/rollback.asl.yaml',
    text: '          - Runtime.ExitError\n',
    instead: '',
    cells: ['automatic-rollback StopDeployments:crash-before'],
    breaks: 'outcome',
  },
  {
    says: 'what AWS throttles is tried again',
    file: 'functions/failure.ts',
    text: 'return isThrottlingError(known) || isServerError(known)',
    instead: 'return isServerError(known)',
    cells: ['release LockStage:api-throttle'],
    breaks: 'outcome',
  },
  {
    says: 'the pauses come off the services in the end',
    file: 'functions/after/give-back.ts',
    text: 'for (const { service } of stage.services) left.push(...(await giveOneBack(of, stage.cluster, service)))',
    instead: '',
    cells: ['release CloseStage:crash-after'],
    breaks: 'nothing left',
    always: 'every release puts pauses on',
  },
  {
    says: 'a stage that was released is free at once',
    file: 'functions/close-stage.ts',
    text: 'await letGo(of, freed)',
    instead: '',
    cells: ['release Step Functions Execution Status Change:drop'],
    breaks: 'nothing left',
  },
  {
    says: 'an execution ends as its release',
    file: 'statemachines/release.asl.yaml',
    text: '  RolledBack:\n    Type: Fail\n    Error: rolled-back\n    Cause: "{% $states.input.reason %}"\n  Failed:',
    instead: '  RolledBack:\n    Type: Succeed\n  Failed:',
    cells: ['automatic-rollback TakeLease:crash-before'],
    breaks: 'as told',
    always: 'every release that is rolled back ends there',
  },
  {
    says: 'a state looks by itself after a minute',
    file: 'statemachines/release.asl.yaml',
    text: 'else has changed yet\n          Type: Task\n          Resource: arn:aws:states:::lambda:invoke.waitForTaskToken\n          HeartbeatSeconds: 60',
    instead:
      'else has changed yet\n          Type: Task\n          Resource: arn:aws:states:::lambda:invoke.waitForTaskToken\n          HeartbeatSeconds: 600',
    cells: ['release all events:drop'],
    breaks: 'delay',
  },
  {
    says: 'people are paged when services go back',
    file: 'functions/rollback/telling.ts',
    text: "await tellUntilSent(aboutRollback(entry), { kind: 'rolling-back', stage: entry.stage, reason: entry.reason })",
    instead: 'return',
    cells: ['automatic-rollback TellPagerDuty:twice'],
    breaks: 'told once',
    always: 'everything that is rolled back pages somebody',
  },
  {
    says: 'an incident is known by its stage',
    file: 'functions/notify/incident.ts',
    text: "{ kind: 'open', key, severity: 'error', summary: goesBack(",
    instead: "{ kind: 'open', key: key + Math.random(), severity: 'error', summary: goesBack(",
    cells: ['automatic-rollback TellPagerDuty:twice'],
    breaks: 'told once',
    always: 'what is opened is never closed',
  },
  {
    says: 'nobody decides after the end',
    file: 'domain/approval.ts',
    text: "if (approval.end) return { kind: 'ended', end: approval.end }",
    instead: '',
    cells: ['release Pages:crash-after', 'release RequestApproval:stop'],
    breaks: 'links refused',
    always: 'there is somebody late in every release',
  },
  {
    says: 'nobody decides twice',
    file: 'domain/approval.ts',
    text: "if (earlier) return { kind: 'already-decided', decision: earlier }\n  if (approval.end) return { kind: 'ended', end: approval.end }",
    instead: '',
    cells: ['release Pages:crash-after'],
    breaks: 'links refused',
    always: 'those who have decided are late, too',
  },
  {
    says: 'a message that was posted is not posted again',
    file: 'functions/notify/posting.ts',
    text: "if (posting.kind === 'posted') return { kind: 'posted', place: { channel: posting.channel, ts: posting.ts } }",
    instead: '',
    cells: ['release TellSlack:crash-after'],
    breaks: 'told once',
    always: 'what a release posts grows with it',
  },
  {
    says: 'a message that the topic does not take is kept',
    file: 'functions/tell.ts',
    text: 'if (!isNow) await keep(told)',
    instead: '',
    cells: ['release CloseRelease:api-throttle'],
    breaks: 'told once',
  },
  {
    says: 'whoever comes to a stage may tell those who wait there',
    file: 'functions/request-approval.ts',
    text: '    announces(site),\n',
    instead: '',
    cells: ['newer CloseStage:twice'],
    breaks: 'rights enough',
    always: 'one comes while another waits',
  },
  {
    says: 'a push that was lost is found by a look',
    file: 'functions/look-for-images.ts',
    text: 'if (missed) await handOver({ app, tag: missed.tag, pushedAt: missed.pushedAt }, 0)',
    instead: '',
    cells: ['release ECR Image Action:drop'],
    breaks: 'outcome',
  },
]
