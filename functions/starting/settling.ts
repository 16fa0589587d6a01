import { at } from '../../domain/field.ts'
import { decideSettle } from '../../domain/settle.ts'
import type { SettledPush } from '../../events/settled-push.ts'
import { SOURCE } from '../../events/stage-change.ts'
import { readInstalled, readTag, recordComplete, recordSettling } from '../aws/pushes.ts'
import { sendLater } from '../aws/queues.ts'
import { environment } from '../environment.ts'
import type { Site, Statement } from '../permissions.ts'
import type { Push } from './heard.ts'

/** With `HANDING_OVER` as its environment. */
export const handsOverPushes = ({ pushes }: Site): Statement => ({
  actions: ['sqs:SendMessage'],
  resources: [pushes.arn],
})
export const HANDING_OVER = ({ pushes }: Site): Record<string, string> => ({ PUSHES: pushes.url })

export interface Settling {
  /** When it starts if nothing more is pushed, ms. */
  until: number
  because: string
}

/** Undefined where nothing more is waited for. Else the push comes back when it has waited, or a later one does instead. */
export async function settling(push: Push): Promise<Settling | undefined> {
  const { application, tag, pushedAt, isBack } = push
  const { app } = application
  const { settle } = application.trigger
  const known = await readTag(app, tag)
  const completedBy = await recordComplete(app, tag, pushedAt)
  const decision = decideSettle({
    ...{ pushedAt, settle, isBack, now: Date.now(), newestWaiting: known.settling?.pushedAt },
    wasComplete:
      completedBy !== pushedAt || known.handled !== undefined || (!known.incomplete && (await wasThere(app, tag))),
  })
  switch (decision.kind) {
    case 'settled':
      return undefined
    case 'overtaken':
      return { until: decision.by + settle, because: `${tag} was pushed once more at ${at(decision.by)}` }
    case 'wait': {
      await handOver({ app, tag, pushedAt }, decision.seconds)
      // Only now: a push that is on its way is what makes earlier ones superfluous.
      await recordSettling(app, tag, { pushedAt, until: decision.until })
      return { until: decision.until, because: `${tag} was pushed again while all images carry it` }
    }
  }
}

async function wasThere(app: string, tag: string): Promise<boolean> {
  return (await readInstalled(app))?.tags.includes(tag) ?? false
}

/** Start-release gets this push after so many seconds, as one on which nothing more is waited for. */
export function handOver(push: { app: string; tag: string; pushedAt: number }, seconds: number): Promise<void> {
  const message: SettledPush = {
    source: SOURCE,
    'detail-type': 'Push Settled',
    detail: { ...push, pushedAt: new Date(push.pushedAt).toISOString() },
  }
  return sendLater(environment('PUSHES'), message, seconds)
}
