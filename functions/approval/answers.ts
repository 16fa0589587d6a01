import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { decide } from '../aws/decide.ts'
import { asTransient } from '../failure.ts'
import { logger, releaseKeys } from '../step.ts'
import { askedPage } from './asked.ts'
import { type Posted, readForm } from './form.ts'
import { releaseLink } from './links.ts'
import { HEADERS, type Html, layout } from './page.ts'
import { type Invitation, readInvitation, readShown, readTold } from './records.ts'
import { leadOf, leadOfReader, releasePage } from './release-page.ts'
import { standingOf } from './standing.ts'

/** What every request is answered with. A link's address is never logged: it decides. */
export const answers = new Hono()

answers.use(async (c, next) => {
  await next()
  for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value)
})

const APPROVAL = '/approvals/:id'
const RELEASE = '/releases/:app/:releaseAttempt'

/** Looking changes nothing, however often and by whomever: mail scanners and chats open links before people do. */
answers.get(APPROVAL, async c => {
  const invitation = await invitationOf(c)
  return invitation ? c.html(await pageFor(invitation)) : notValid(c)
})

answers.post(APPROVAL, async c => {
  const invitation = await invitationOf(c)
  if (!invitation) return notValid(c)
  const form = await readForm(c.req.raw, invitation.approval.question.migration?.choices)
  if (form.kind === 'refused') return c.html(problem('This was not understood', form.because), form.status)
  await decideAs(invitation, form)
  // The same address, written relative to itself; a reload of what it shows posts nothing again.
  return c.redirect(new URL(c.req.url).search, 303)
})
answers.all(APPROVAL, c => notAllowed(c, 'GET, HEAD, POST'))

answers.get(RELEASE, async c => {
  const of = await readShown({ ...c.req.query(), ...c.req.param() })
  if (!of) return notValid(c)
  const [told, now] = [await readTold(of), Date.now()]
  return c.html(await releasePage(told, leadOfReader(told, now), [of.app], now, refresh))
})
answers.all(RELEASE, c => notAllowed(c, 'GET, HEAD'))

answers.notFound(c => c.html(problem('There is no such page', 'look at the link again'), 404))

answers.onError((error, c) => {
  if (asTransient(error).name === 'Transient') {
    logger.warn('AWS was not to be reached for a page', { error })
    c.header('Retry-After', '5')
    return c.html(problem('Please try again', 'AWS did not answer in time; nothing is lost'), 503)
  }
  logger.error('a page could not be made', { error })
  return c.html(problem('Something went wrong', 'it is not your doing, and it was written down'), 500)
})

async function invitationOf(c: Context): Promise<Invitation | undefined> {
  const invitation = await readInvitation({ ...c.req.query(), ...c.req.param() })
  if (invitation) logger.appendKeys(releaseKeys(invitation.approval))
  return invitation
}

async function pageFor({ approval, approver }: Invitation): Promise<Html> {
  const [told, now] = [await readTold(approval), Date.now()]
  const standing = standingOf(approval, approver, now)
  const footer = html`<p>This link is yours alone: whoever has it decides as ${approver}. To show others how the release goes, give them <a href="${await releaseLink(approval)}">the link that only shows it</a>.</p>
${refresh}`
  if (standing.kind === 'asked') return askedPage(approval, approver, told.view, now, footer)
  return releasePage(
    told,
    leadOf(standing, approval, told.view.end !== undefined),
    [approval.app, approval.stage],
    now,
    footer,
  )
}

async function decideAs({ approval, approver }: Invitation, said: Extract<Posted, { kind: 'posted' }>) {
  const { kind: _, ...cast } = said
  const how = approval.approvers.find(({ name }) => name === approver)?.slack ? 'slack' : 'email'
  const voted = await decide(approval, { approver, ...cast, how, at: Date.now() })
  logger.info('a decision was posted', { approver, decision: cast.decision, voted: voted.kind })
}

const refresh = html`<p><a id="refresh" href="">Refresh</a></p>`

const problem = (title: string, because: string): Html =>
  layout({
    title,
    over: [],
    main: html`<h1>${title}</h1><p>${because.charAt(0).toUpperCase()}${because.slice(1)}.</p>`,
  })

/** The same words for whatever is wrong with a link. */
const notValid = (c: Context) => refuse(c, 403, 'This link is not valid', 'use the link that was sent to you')

function notAllowed(c: Context, allowed: string) {
  c.header('Allow', allowed)
  return refuse(c, 405, 'This is not done here', 'a page is looked at, or a decision posted to it')
}

const refuse = (c: Context, status: ContentfulStatusCode, title: string, because: string) =>
  c.html(problem(title, because), status)
