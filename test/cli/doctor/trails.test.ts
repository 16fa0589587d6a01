import {
  CloudTrailClient,
  CreateTrailCommand,
  type EventSelector,
  StartLoggingCommand,
} from '@aws-sdk/client-cloudtrail'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { logsManagement, type OwnTrail, whyNothing } from '../../../cli/doctor/trails.ts'
import { createWorld, type World } from '../../functions/world.ts'
import { handed } from './handed.ts'

const management = (more: { Field: string; Equals: string[] }[] = []) => ({
  FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }, ...more],
})

test.each<[what: string, logging: Partial<Parameters<typeof logsManagement>[0]>, logs: boolean]>([
  ['all events', { selectors: [{ IncludeManagementEvents: true, ReadWriteType: 'All' }] }, true],
  ['what is changed', { selectors: [{ IncludeManagementEvents: true, ReadWriteType: 'WriteOnly' }] }, true],
  ['what is read', { selectors: [{ IncludeManagementEvents: true, ReadWriteType: 'ReadOnly' }] }, false],
  ['data alone', { selectors: [{ IncludeManagementEvents: false }] }, false],
  ['management events, by fields', { advanced: [management()] }, true],
  ['reads, by fields', { advanced: [management([{ Field: 'readOnly', Equals: ['true'] }])] }, false],
  ['data, by fields', { advanced: [{ FieldSelectors: [{ Field: 'eventCategory', Equals: ['Data'] }] }] }, false],
  ['nothing for now', { isLogging: false, selectors: [{ IncludeManagementEvents: true }] }, false],
])('a trail that logs %s tells who changed something or not', (_, logging, logs) => {
  expect(logsManagement({ isLogging: true, selectors: [], advanced: [], ...logging })).toBe(logs)
})

describe('where no trail logs who changes what', () => {
  const arn = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/audit'
  const audit: OwnTrail = { arn, home: 'us-east-1', isLogging: true, selectors: [], advanced: [] }
  const objects: EventSelector = {
    ReadWriteType: 'All',
    IncludeManagementEvents: false,
    DataResources: [{ Type: 'AWS::S3::Object', Values: ["arn:aws:s3:::ana's/"] }],
  }
  const data = { Name: 'objects', FieldSelectors: [{ Field: 'eventCategory', Equals: ['Data'] }] }
  const reads: EventSelector = { ReadWriteType: 'ReadOnly', IncludeManagementEvents: true }
  const put = `aws cloudtrail put-event-selectors --region us-east-1 --trail-name ${arn} `
  const start = `aws cloudtrail start-logging --region us-east-1 --name ${arn}`

  test.each<[what: string, option: 'event-selectors' | 'advanced-event-selectors', trail: Partial<OwnTrail>]>([
    ['changes of objects', 'event-selectors', { selectors: [objects] }],
    ['several kinds of objects', 'event-selectors', { selectors: [objects, objects, objects, objects] }],
    ['changes of objects, by fields', 'advanced-event-selectors', { advanced: [data, data] }],
    ['nothing', 'event-selectors', {}],
  ])('one that logs %s goes on to do so, and logs that, too', (_, option, trail) => {
    const found = { ...audit, ...trail }
    const { command } = whyNothing([audit], [found])
    expect(command?.startsWith(`${put}--${option} `)).toBe(true)
    const written = handed(command, option) as object[]
    expect(written.slice(0, -1)).toEqual([...found.selectors, ...found.advanced])
    const as = option === 'event-selectors' ? 'selectors' : 'advanced'
    expect(logsManagement({ ...found, [as]: written })).toBe(true)
    expect(command).not.toContain('start-logging')
  })

  test.each<[what: string, trail: Partial<OwnTrail>]>([
    ['has as many selectors as a trail may have', { selectors: Array.from({ length: 5 }, () => objects) }],
    ['logs what is read', { selectors: [objects, reads] }],
    ['logs what is read, by fields', { advanced: [data, management([{ Field: 'readOnly', Equals: ['true'] }])] }],
  ])('one that %s is changed by no command', (_, trail) => {
    const { command, remedy } = whyNothing([audit], [{ ...audit, ...trail }])
    expect(command).toBeUndefined()
    expect(remedy).toBe(`have ${arn} log changes, too, where its event selectors say which management events`)
  })

  test('one that would log it is started, whichever it is, and nothing else of it is changed', () => {
    const stopped = { ...audit, isLogging: false, selectors: [{ ...reads, ReadWriteType: 'All' as const }] }
    const other = { ...audit, arn: `${arn}-other`, selectors: [objects] }
    expect(whyNothing([other, stopped], [other, stopped]).command).toBe(start)
  })

  test('one that logs nothing now is told what, and started', () => {
    const { command } = whyNothing([audit], [{ ...audit, isLogging: false, selectors: [objects] }])
    expect(command?.startsWith(put)).toBe(true)
    expect(command?.endsWith(` && ${start}`)).toBe(true)
  })

  test('one of another account is not touched, and a new one needs a bucket that takes what it writes', () => {
    const { found, remedy, command } = whyNothing([audit], [])
    expect(found).toBe('no trail of CloudTrail logs who changes what: audit')
    expect(remedy).toContain('a bucket whose policy lets cloudtrail.amazonaws.com write')
    expect(command).toContain('aws cloudtrail create-trail --name account --s3-bucket-name <bucket>')
  })
})

describe('a trail that hears of this region', () => {
  const ARN = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/company'
  const OTHERS = 'arn:aws:cloudtrail:us-east-1:444455556666:trail/organization'
  let world: World
  let there: CloudTrailClient

  beforeEach(async () => {
    world = await createWorld()
    there = new CloudTrailClient({ region: 'us-east-1' })
  })

  const isMade = async () => {
    await there.send(new CreateTrailCommand({ Name: 'company', S3BucketName: 'logs', IsMultiRegionTrail: true }))
    await there.send(new StartLoggingCommand({ Name: 'company' }))
  }
  /** What CloudTrail tells of it is otherwise. */
  const tells = (operation: string, answer: object) => {
    world.services.cloudTrail.operations[operation] = () => answer
  }
  /** Members may ask whether a trail of their organization logs, by its ARN. */
  const mayBeAskedBy = (members: 'GetTrailStatus') => {
    const { authorization } = world.services.cloudTrail
    const { [members]: was } = authorization
    authorization[members] = () => []
    onTestFinished(() => {
      if (was) authorization[members] = was
    })
  }
  const isListed = (TrailARN: string) => tells('DescribeTrails', { trailList: [{ TrailARN, HomeRegion: 'us-east-1' }] })
  const examined = async () => {
    const { createExamination } = await import('../../../cli/doctor/examination.ts')
    const { askTrails } = await import('../../../cli/doctor/trails.ts')
    const examination = createExamination('demo')
    await askTrails(examination, '111122223333')
    return examination.groups[0]
  }

  test('is asked at home what it logs, wherever that is', async () => {
    await isMade()
    expect(await examined()).toMatchObject({ passed: 1, findings: [], notes: [] })
  })

  test('is changed at home, and goes on with what it logs', async () => {
    await isMade()
    const selector = { ReadWriteType: 'WriteOnly', IncludeManagementEvents: false, DataResources: [] }
    tells('GetEventSelectors', { EventSelectors: [selector] })
    const [finding] = (await examined())?.findings ?? []
    expect(finding?.remedy).toContain(`put-event-selectors --region us-east-1 --trail-name ${ARN} `)
    expect(handed(finding?.remedy, 'event-selectors')).toMatchObject([selector, { IncludeManagementEvents: true }])
  })

  test("is no defect where it is the organization's, which alone may say what it logs", async () => {
    isListed(OTHERS)
    expect(await examined()).toMatchObject({
      ...{ passed: 1, findings: [] },
      notes: [`trail ${OTHERS} is of another account, which alone may say what it logs: ask there`],
    })
    mayBeAskedBy('GetTrailStatus')
    tells('GetTrailStatus', { IsLogging: true })
    expect(await examined()).toMatchObject({ passed: 1, findings: [], notes: [expect.stringContaining(OTHERS)] })
  })

  test("and is the organization's, and does not log, leaves this account without one", async () => {
    isListed(OTHERS)
    mayBeAskedBy('GetTrailStatus')
    tells('GetTrailStatus', { IsLogging: false })
    const [finding] = (await examined())?.findings ?? []
    expect(finding).toMatchObject({
      found: 'no trail of CloudTrail logs who changes what: organization',
      remedy: expect.stringContaining('aws cloudtrail create-trail'),
    })
  })

  test("that this account cannot read though it is its own leaves the question open, whatever the organization's says", async () => {
    const of = (TrailARN: string) => ({ TrailARN, HomeRegion: 'us-east-1' })
    tells('DescribeTrails', { trailList: [of(OTHERS), of(ARN)] })
    expect(await examined()).toMatchObject({
      findings: [
        { found: `cannot be looked at: TrailNotFoundException: Unknown trail: ${ARN} for the user: 111122223333` },
      ],
    })
  })
})
