import type { Approval } from '../../domain/approval.ts'
import { shortDigest } from '../../domain/identity.ts'
import { isMailed, recordMailed } from '../aws/approvals.ts'
import { publish } from '../aws/topics.ts'
import { environment } from '../environment.ts'
import { logger } from '../step.ts'
import { claimTold, firstTold, wayBackTold } from '../view/database.ts'
import { personalLink } from './links.ts'

/**
 * Sends every approver who has an address their own link, once; a repetition makes and sends the links that were not sent, so
 * that none has to be kept. Each address has a subscription of its own, which lets through what is addressed to it and nothing
 * else. What SNS refuses holds up nobody: not the release, and not the others who are asked.
 */
export async function mailLinks(approval: Approval): Promise<void> {
  for (const { name, email, link } of approval.approvers) {
    if (!email || (await isMailed(link))) continue
    const url = await personalLink(approval, name)
    if (!url) continue
    const message = {
      subject: subjectOf(approval),
      text: textOf(approval, name, url),
      attributes: { to: addressKey(email) },
    }
    const answer = await send(message, name)
    if (answer === 'taken') await recordMailed(link)
    // To wait as long again for each of the others would use up the step's time.
    if (answer === 'none') return
  }
}

/** What SNS answers. */
async function send(message: Parameters<typeof publish>[1], approver: string): Promise<'taken' | 'refused' | 'none'> {
  try {
    await publish(environment('LINKS'), message)
    return 'taken'
  } catch (error) {
    const known = error as Error
    logger.error('an approver was not sent the link; it is tried again at the next heartbeat', {
      approver,
      error: known,
    })
    return known.name === 'TimeoutError' ? 'none' : 'refused'
  }
}

/** By this a subscription knows its messages: addresses differ by more than case. */
export const addressKey = (email: string): string => email.toLowerCase()

/** SNS takes fewer than 100 ASCII characters without line breaks. */
function subjectOf({ question: { app, stage, tag } }: Approval): string {
  return `Approve ${tag} of ${app} for ${stage}?`.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 99)
}

function database({ migration }: Approval['question']): string[] {
  if (!migration) return []
  const { rollback, onRollback, digest } = migration
  return [
    '',
    `${firstTold(migration)} The image (${shortDigest(digest)}) ${claimTold(rollback)}.`,
    onRollback === 'ask' ? ASKS : wayBackTold(onRollback),
  ]
}

const ASKS = 'What becomes of the database, should a person take this back, is asked on the page.'

function textOf({ question, required, approvers, expiresAt }: Approval, name: string, url: string): string {
  const changes = question.services.map(
    ({ service, live, digest }) =>
      `  ${service}: ${live.digest ? shortDigest(live.digest) : 'nothing known'} -> ${shortDigest(digest)}`,
  )
  return [
    `${name}, release ${question.tag} of ${question.app} waits for your word before it goes to ${question.stage}.`,
    '',
    'What changes:',
    ...changes,
    ...database(question),
    '',
    `Look and decide here (this link is yours alone; opening it decides nothing):`,
    url,
    '',
    `${required} of ${approvers.length} must approve; one who rejects ends it. The link ends ${new Date(expiresAt).toUTCString()}.`,
  ].join('\n')
}
