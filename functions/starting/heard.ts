import * as z from 'zod'
import type { Application } from '../../domain/application.ts'
import { ecrImageAction } from '../../events/ecr-image-action.ts'
import { settledPush } from '../../events/settled-push.ts'
import { applications } from '../applications.ts'
import { logger } from '../step.ts'

/** A push of a tag that concerns an application. */
export interface Push {
  application: Application
  tag: string
  /** Event time, ms. */
  pushedAt: number
  /** Nothing more is waited for: it has waited, or it was found long after. */
  isBack: boolean
}

/** What comes through the queue, as Lambda hands it over. */
const fromQueue = z.object({
  Records: z.array(z.object({ eventSource: z.literal('aws:sqs'), body: z.string() })),
})

/** The pushes that an event tells of, one for each application that they concern; none, with a line in the log, where it is none. */
export function pushesIn(event: unknown): Push[] {
  const queued = fromQueue.safeParse(event)
  if (queued.success) return queued.data.Records.flatMap(({ body }) => settled(body))
  const parsed = ecrImageAction.safeParse(event)
  if (!parsed.success) {
    logger.error('malformed event: nothing started', { problems: parsed.error.issues, event })
    return []
  }
  const { time, detail } = parsed.data
  const tag = detail['image-tag']
  if (detail['action-type'] !== 'PUSH' || detail.result !== 'SUCCESS' || tag === undefined) {
    logger.info('not a push of a tag: nothing started', { detail })
    return []
  }
  return applications()
    .filter(application => isTriggered(application, detail['repository-name'], tag))
    .map(application => ({ application, tag, pushedAt: Date.parse(time), isBack: false }))
}

function isTriggered({ images, trigger }: Application, repository: string, tag: string): boolean {
  return Object.values(images).includes(repository) && new RegExp(trigger.tags).test(tag)
}

/** The application may have been taken out of the installation, or may want other tags, since the message was sent. */
function settled(body: string): Push[] {
  const parsed = settledPush.safeParse(readJson(body))
  if (!parsed.success) {
    logger.error('malformed message: nothing started', { problems: parsed.error.issues, body })
    return []
  }
  const { app, tag, pushedAt } = parsed.data.detail
  return applications()
    .filter(application => application.app === app && new RegExp(application.trigger.tags).test(tag))
    .map(application => ({ application, tag, pushedAt: Date.parse(pushedAt), isBack: true }))
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
