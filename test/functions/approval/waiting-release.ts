import type { Approval, ApprovalEnd } from '../../../domain/approval.ts'
import { releaseId, type StageOf } from '../../../domain/identity.ts'
import type { RollbackClaim } from '../../../domain/image.ts'
import { planRelease } from '../release.ts'
import { createWorld, type World } from '../world.ts'

export const PAGES_URL = 'https://pages.example'

/** What the functions of a release would answer, and after how many seconds. */
const ANSWERS: Record<string, { seconds: number; payload: object }> = {
  LockStage: { seconds: 1, payload: { lease: { holder: 'this', fence: 7 } } },
  CheckPreconditions: { seconds: 4, payload: {} },
  DeployNewVersion: { seconds: 190, payload: {} },
  RunSmokeTests: { seconds: 2, payload: { passed: 2, slowestMs: 31 } },
  VerifyDeployment: { seconds: 1, payload: { tasks: 1 } },
  CloseStage: { seconds: 1, payload: { outcome: 'released' } },
}

const next = Object.keys(ANSWERS)
const invoking = {
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
  Arguments: { FunctionName: 'told', Payload: { token: '{% $states.context.Task.Token %}' } },
}

/** The states of a release by name, each of which waits for its answer. */
const WALK = {
  QueryLanguage: 'JSONata',
  StartAt: 'ReleaseStages',
  States: {
    ReleaseStages: {
      Type: 'Map',
      Items: '{% $states.input.stages %}',
      MaxConcurrency: 1,
      ItemSelector: { stage: '{% $states.context.Map.Item.Value %}' },
      ItemProcessor: {
        ProcessorConfig: { Mode: 'INLINE' },
        StartAt: 'NeedsApproval',
        States: {
          NeedsApproval: {
            Type: 'Choice',
            Choices: [{ Condition: "{% $states.input.stage = 'production' %}", Next: 'RequestApproval' }],
            Default: next[0],
          },
          RequestApproval: { ...invoking, Next: next[0] },
          ...Object.fromEntries(
            next.map((name, at) => [
              name,
              { ...invoking, ...(next[at + 1] ? { Next: next[at + 1] } : { End: true as const }) },
            ]),
          ),
        },
      },
      End: true,
    },
  },
}

export interface WaitingRelease {
  world: World
  of: StageOf
  /** The question as it stands. */
  asked(): Promise<Approval>
  /** This approver's personal link. */
  link(approver?: string): Promise<string>
  /** Ana's link of another release, whose question is over. */
  otherLink(): Promise<string>
  /** The link that shows the release. */
  showing(): Promise<string>
  /** The question ends. */
  end(end: Pick<ApprovalEnd, 'kind' | 'because'>): Promise<void>
  /** Once it is approved: the release goes through production to its end. */
  goOn(): Promise<void>
  /** The state that it is in fails, and the release ends. */
  fail(cause: string): Promise<void>
  /** Every item that there is. */
  items(): Promise<unknown[]>
}

/** What a test changes by intention. */
export interface Asking {
  tag?: string
  /** The commit that its images claim. */
  revision?: string
  required?: number
  /** Ms; an hour otherwise. */
  lasts?: number
  /** How production backs up and migrates its database; it has none otherwise. */
  database?: object
  /** What the migration's image claims of the way back. */
  claim?: RollbackClaim
}

/** A snapshot of an instance, and a migration that can be undone. */
export const DATABASE = {
  backup: { kind: 'rds-instance', id: 'demo-production' },
  migrate: {
    ...{ taskDefinition: 'demo-migrations', container: 'migrate', image: 'api', onRollback: 'ask' },
    down: { command: ['migrate', 'down'] },
  },
}

/** A release that staging has shown to work, and that waits for Ana and Bo to let it into production. */
export async function waitingRelease({
  tag,
  revision,
  required = 1,
  lasts = 3_600_000,
  database,
  claim,
}: Asking = {}): Promise<WaitingRelease> {
  const world = await createWorld(file => {
    const [production] = file.stages
    const staged = [{ service: 'demo-api-staging', container: 'api', image: 'api', strategy: 'rolling' }]
    file.stages.unshift({
      name: 'staging',
      cluster: 'demo-staging',
      services: staged,
      smoke: smoke('demo-api-staging'),
    })
    Object.assign(production as object, {
      smoke: smoke('demo-api'),
      approval: {
        approvers: [
          { name: 'Ana', slack: 'U012AB3CD' },
          { name: 'Bo', email: 'bo@demo.example' },
        ],
        required,
        expiresAfter: '1h',
      },
      ...database,
    })
    Object.assign(file, { notify: { slack: { channel: '#deploys', secret: 'demo/slack' } } })
  })
  const { services } = world
  const { ARN } = await world.ask<{ ARN: string }>(services.secrets, 'CreateSecret', {
    Name: 'link-key',
    ClientRequestToken: '0f6c8a52-7d0e-4f4e-9d86-0123456789ab',
    SecretString: 'a key that only this test knows',
  })
  const machine = services.states.createStateMachine({
    name: 'walk',
    definition: JSON.stringify(WALK),
    roleArn: 'arn:aws:iam::111122223333:role/machine',
  }).stateMachineArn
  const rollbackMachine = world.machines.rollback.replace(/:\d+$/, '')
  Object.assign(process.env, { PAGES_URL, LINK_KEY: ARN, RELEASE_MACHINE: machine, ROLLBACK_MACHINE: rollbackMachine })

  await world.register({ family: 'demo-migrations', containerDefinitions: [{ name: 'migrate', image: 'demo-api:v1' }] })
  const release = await planRelease(world)
  const { records, plan } = release
  const [approvals, links, { questionNow }, { endRelease }] = await Promise.all([
    import('../../../functions/aws/approvals.ts'),
    import('../../../functions/approval/links.ts'),
    import('../../../functions/approval/question.ts'),
    import('../../../functions/end-release.ts'),
  ])
  const { app, release: id, attempt } = plan
  const of: StageOf = { app, release: id, attempt, stage: 'production' }
  for (const { name: stage } of plan.stages) {
    const { question } = await questionNow({ ...of, stage })
    const served = question.services.map(({ service, container, base, live }) => {
      const digests = { [container]: live.digest ?? '' }
      const { taskDefinition, revision } = live
      return [service, { serviceArn: service, revisionArn: revision, taskDefinition, digests, proof: {}, base }]
    })
    await records.recordBefore({ ...of, stage }, { at: world.now(), services: Object.fromEntries(served) })
  }
  await world.register({ cpu: '512', memory: '1024' })
  const { executionArn } = await world.ask<{ executionArn: string }>(services.states, 'StartExecution', {
    stateMachineArn: machine,
    name: `demo-${id}-1`,
    input: JSON.stringify({ stages: plan.stages.map(({ name }) => name) }),
  })
  await records.recordStarted(of, { at: world.now(), executionArn })
  for (const { seconds, payload } of Object.values(ANSWERS)) await answer(world, seconds, payload)
  await records.recordStageEnd({ ...of, stage: 'staging' }, { ...RELEASED, at: world.now() })

  const ask = async (about: StageOf, change: Partial<Approval> = {}) => {
    const { question, hash } = await questionNow(of)
    const approvers = [
      { name: 'Ana', slack: 'U012AB3CD', link: links.newLinkId() },
      { name: 'Bo', email: 'bo@demo.example', link: links.newLinkId() },
    ]
    const times = { askedAt: world.now(), expiresAt: world.now() + lasts }
    const services = question.services.map(change => ({ ...change, ...(revision !== undefined && { revision }) }))
    const migration = question.migration && { ...question.migration, ...(claim && { rollback: claim }) }
    const changed = { services, ...(migration && { migration }), ...(tag !== undefined && { tag }) }
    const tagged = { ...question, ...changed }
    const asked = { ...about, round: 1, question: tagged, hash, required, approvers, ...times, decisions: [] }
    return (await approvals.recordApproval({ ...asked, ...change })).standing
  }
  await ask(of)
  const asked = async () => {
    const found = await approvals.readApproval({ ...of, round: 1 })
    if (!found) throw new Error('nobody was asked')
    return found
  }
  const otherLink = async () => {
    const other = { ...of, release: releaseId.parse('0123456789ab') }
    const end = { kind: 'superseded', because: 'release v2 came first', at: world.now() } as const
    return (await links.personalLink(await ask(other, { end }), 'Ana')) ?? ''
  }
  return {
    ...{ world, of, asked, otherLink },
    link: async (approver = 'Ana') => (await links.personalLink(await asked(), approver)) ?? '',
    async end(end) {
      const round = { ...of, round: 1 }
      await approvals.changeApproval(round, approval => ({ next: { ...approval, end: { ...end, at: world.now() } } }))
    },
    showing: () => links.releaseLink(of),
    async goOn() {
      await answer(world, 1, {})
      for (const { seconds, payload } of Object.values(ANSWERS)) await answer(world, seconds, payload)
      await records.recordStageEnd(of, { ...RELEASED, at: world.now() })
      await endRelease({ ...of, execution: executionArn, ...RELEASED })
    },
    async fail(cause) {
      const taskToken = await world.nextToken()
      await world.ask(services.states, 'SendTaskFailure', { taskToken, error: 'DeploymentFailed', cause })
      await endRelease({ ...of, execution: executionArn, outcome: 'failed', reason: cause })
    },
    items: () => itemsOf(world),
  }
}

const smoke = (service: string) =>
  ['/health', '/version'].map(path => ({ service, url: `http://demo.example${path}`, status: 200, within: '2s' }))

const RELEASED = { outcome: 'released', reason: 'every stage serves the planned digests' } as const

/** Answers the state that waits, after so long. */
async function answer(world: World, seconds: number, output: object): Promise<void> {
  const taskToken = await world.nextToken()
  await world.pass(seconds * 1_000)
  await world.ask(world.services.states, 'SendTaskSuccess', { taskToken, output: JSON.stringify(output) })
}

async function itemsOf({ services: { endpoint } }: World): Promise<unknown[]> {
  const { DynamoDBClient, ScanCommand } = await import('@aws-sdk/client-dynamodb')
  const client = new DynamoDBClient({ endpoint })
  const { Items = [] } = await client.send(new ScanCommand({ TableName: 'ledger' }))
  client.destroy()
  const key = ({ pk, sk }: (typeof Items)[number]) => `${pk?.S} ${sk?.S}`
  return Items.sort((a, b) => (key(a) < key(b) ? -1 : 1))
}
