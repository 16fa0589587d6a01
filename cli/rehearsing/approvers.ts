import type { World } from './world.ts'

/** A personal link as somebody got it. */
export interface ReceivedLink {
  url: string
  approver: string
}

export interface Answer {
  decision: 'approve' | 'reject'
  comment: string
}

/** What an approver does with a link; undefined: nothing. */
export type Answering = (link: ReceivedLink) => Answer | undefined

export const nobody: Answering = () => undefined
export const everybody: Answering = () => ({ decision: 'approve', comment: 'looks good' })
export const only =
  (name: string, answer: Answer = { decision: 'approve', comment: 'looks good' }): Answering =>
  ({ approver }) =>
    approver === name ? answer : undefined

export interface Approvers {
  /** What they do with links that come from now on. */
  answering: Answering
  /** Lets everybody look into what came for them, and answer through the page. */
  attend(): Promise<void>
  /** Every link that was sent so far, in the order of sending. */
  links(): ReceivedLink[]
  /** Opens the page and answers; resolves with the status of the answer. */
  answer(link: ReceivedLink, answer: Answer): Promise<number>
}

/** The approvers of an application: they read their mail and their direct messages, and decide by the page alone. */
export function createApprovers(
  { rehearsal }: Pick<World, 'rehearsal'>,
  answering: Answering,
  onLink: (link: ReceivedLink) => void = () => {},
): Approvers {
  const { clock } = rehearsal
  /** A message may be edited once somebody has decided; the link in it was received all the same. */
  const received = new Map<string, ReceivedLink>()
  const unheard = new Set<string>()
  const approvers: Approvers = {
    answering,
    links: () => [...received.values()],
    async attend() {
      for (const link of linksIn([...rehearsal.slack.messages(), ...rehearsal.mailbox])) {
        if (!received.has(link.url)) onLink(link)
        else if (!unheard.has(link.url)) continue
        received.set(link.url, link)
        const answer = approvers.answering(link)
        // Whoever is shown an error tries again, when they look next.
        if (answer && (await approvers.answer(link, answer)) >= 500) unheard.add(link.url)
        else unheard.delete(link.url)
      }
    },
    answer: ({ url }, answer) =>
      clock.during('an approver decides', async () => {
        const page = await fetch(url)
        await page.text()
        const body = new URLSearchParams({ ...answer })
        const answered = await fetch(url, { method: 'POST', body, redirect: 'manual' })
        await answered.text()
        return answered.status
      }),
  }
  return approvers
}

const LINK = /https?:\/\/[^\s"<>|\\]+\/approvals\/[^\s"<>|\\]+/g

/** Slack escapes `&` in what it is sent. */
function linksIn(messages: readonly object[]): ReceivedLink[] {
  const urls = messages
    .flatMap(message => JSON.stringify(message).match(LINK) ?? [])
    .map(url => url.replaceAll('&amp;', '&'))
  return [...new Set(urls)].map(url => ({ url, approver: new URL(url).searchParams.get('approver') ?? '' }))
}
