import type { Target } from './target.ts'

/** One way in which somebody may try to decide who must not, or to decide twice. */
export interface Threat {
  /** A sentence: what is tried. */
  name: string
  attack(target: Target): Promise<Response[]>
  /** What every answer may be. */
  answers: number[]
  /** What the ledger holds afterwards: `all` as it was, `decisions` as they were, or exactly one decision more. */
  leaves: 'all' | 'decisions' | 'one decision more'
}

/** Does harm wherever it is not escaped. */
export const MARKUP = '</q><script>document.title="harm"</script><img src=x onerror=alert(1)>'

const FORM = 'application/x-www-form-urlencoded'

function post(body: NonNullable<RequestInit['body']>, type = FORM): RequestInit {
  return { method: 'POST', headers: { 'content-type': type }, body }
}
const decide = (decision: string, comment = '') => post(new URLSearchParams({ decision, comment }).toString())
const APPROVE = decide('approve')

/** The link with one part of its query changed; undefined takes it out. */
function altered(link: string, name: string, change: (value: string) => string | undefined): string {
  const url = new URL(link)
  const value = change(url.searchParams.get(name) ?? '')
  if (value === undefined) url.searchParams.delete(name)
  else url.searchParams.set(name, value)
  return url.href
}

function withPath(link: string, change: (path: string) => string): string {
  const url = new URL(link)
  url.pathname = change(url.pathname)
  return url.href
}

/** Another character in its place, of the same alphabet. */
const swapped = (text: string, at: number) =>
  text.slice(0, at) + (text.at(at) === '1' ? '2' : '1') + (at === -1 ? '' : text.slice(at + 1))

/** Approves by a link that is not quite the one that was sent. */
function forged(name: string, forge: (target: Target) => string | string[]): Threat {
  return {
    name,
    answers: [403],
    leaves: 'all',
    attack: target => all([forge(target)].flat().map(link => () => target.send(link, APPROVE))),
  }
}

/** Sends something else than a decision to a link that holds. */
function malformed(name: string, answer: number, ...bodies: RequestInit[]): Threat {
  return {
    name,
    answers: [answer],
    leaves: 'all',
    attack: ({ link, send }) => all(bodies.map(body => () => send(link, body))),
  }
}

/** One after the other. */
async function all(requests: (() => Promise<Response>)[]): Promise<Response[]> {
  const answers: Response[] = []
  for (const request of requests) answers.push(await request())
  return answers
}

const LAST_CHARACTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_']

/** In this order: what comes after the first decision speaks of it. */
export const THREATS: readonly Threat[] = [
  forged('the id is altered', ({ link }) => withPath(link, path => swapped(path, '/approvals/'.length))),
  forged('another approver is named', ({ link }) => altered(link, 'approver', name => `${name} Other`)),
  forged('the expiry is put off', ({ link }) => altered(link, 'expires', ms => String(Number(ms) + 86_400_000))),
  forged('the expiry is written otherwise', ({ link }) => altered(link, 'expires', ms => `0${ms}`)),
  forged('the hash of the question is altered', ({ link }) => altered(link, 'hash', hash => swapped(hash, 0))),
  forged('the signature is altered', ({ link }) => altered(link, 'signature', text => swapped(text, 0))),
  forged('the signature ends otherwise', ({ link }) =>
    LAST_CHARACTERS.filter(last => !new URL(link).searchParams.get('signature')?.endsWith(last)).map(last =>
      altered(link, 'signature', text => text.slice(0, -1) + last),
    ),
  ),
  forged('the signature has something behind it', ({ link }) => altered(link, 'signature', text => `${text}=`)),
  forged('there is no signature', ({ link }) => [
    altered(link, 'signature', () => ''),
    altered(link, 'signature', () => undefined),
    withPath(link.split('?')[0] ?? '', path => path),
  ]),
  forged('another key is named', ({ link }) => [
    altered(link, 'key', key => swapped(key, 0)),
    altered(link, 'key', () => 'AWSPREVIOUS'),
  ]),
  forged("another release's signature is put on it", ({ link, otherLink }) =>
    altered(link, 'signature', () => new URL(otherLink).searchParams.get('signature') ?? ''),
  ),
  forged("another release's id is signed by this link", ({ link, otherLink }) => [
    withPath(link, () => new URL(otherLink).pathname),
    withPath(otherLink, () => new URL(link).pathname),
  ]),
  {
    name: 'a decision is made by looking',
    answers: [200],
    leaves: 'all',
    attack: ({ link, send }) =>
      all([
        () => send(`${link}&decision=approve`),
        () => send(`${link}&decision=approve`, { method: 'HEAD' }),
        () => send(link, { headers: { 'user-agent': 'Slackbot-LinkExpanding 1.0', purpose: 'prefetch' } }),
      ]),
  },
  {
    name: 'a decision is made by another method',
    answers: [405],
    leaves: 'all',
    attack: ({ link, send }) =>
      all(['PUT', 'PATCH', 'DELETE', 'OPTIONS'].map(method => () => send(`${link}&decision=approve`, { method }))),
  },
  {
    name: 'a decision is posted where there is none to make',
    answers: [403, 404, 405],
    leaves: 'all',
    attack: ({ url, link, send }) => {
      const { search } = new URL(link)
      const paths = ['/', '/approvals', '/approvals/', '/approvals/%2e%2e', '/releases/demo/3f9c0a7f6d6a-1', '/%ff']
      return all(paths.map(path => () => send(`${url}${path}${search}`, APPROVE)))
    },
  },
  malformed('the body is oversized', 413, decide('approve', 'x'.repeat(17_000)), post('a'.repeat(200_000))),
  malformed(
    'the body is not UTF-8',
    400,
    post(new Uint8Array([...new TextEncoder().encode('decision=approve&comment='), 0xff, 0xfe])),
    post('decision=approve&comment=%ff%fe'),
    post('decision=approve&comment=%ed%a0%80'),
  ),
  malformed(
    'the body is no form',
    415,
    post('{"decision":"approve"}', 'application/json'),
    post('decision=approve', 'text/plain'),
    post('decision=approve', `${FORM}; charset=utf-16`),
    post(
      '--b\r\ncontent-disposition: form-data; name="decision"\r\n\r\napprove\r\n--b--',
      'multipart/form-data; boundary=b',
    ),
  ),
  malformed(
    'the decision is none',
    400,
    decide('Approve'),
    decide(''),
    post(''),
    post('comment=fine'),
    post('decision=approve&approver=Bo'),
    post('decision=reject&decision=approve'),
    post('__proto__=approve&constructor=approve'),
  ),
  malformed('the comment is too long', 400, decide('approve', 'x'.repeat(1_001))),
  malformed('the comment has control characters', 400, decide('approve', 'fine\u0000\u001b[2J')),
  {
    name: 'a question is answered that is over',
    answers: [303],
    leaves: 'all',
    attack: ({ otherLink, send }) => all([() => send(otherLink, APPROVE), () => send(otherLink, decide('reject'))]),
  },
  {
    name: 'a decision is posted many times at once, with markup in its comment',
    answers: [303],
    leaves: 'one decision more',
    attack: ({ link, send }) => Promise.all(Array.from({ length: 5 }, () => send(link, decide('approve', MARKUP)))),
  },
  {
    name: 'the same decision is posted again',
    answers: [303],
    leaves: 'decisions',
    attack: ({ link, send }) => all([() => send(link, decide('approve', MARKUP))]),
  },
  {
    name: 'the opposite is decided afterwards',
    answers: [303],
    leaves: 'decisions',
    attack: ({ link, send }) => all([() => send(link, decide('reject'))]),
  },
  {
    name: 'markup in a comment is shown to whoever looks',
    answers: [200],
    leaves: 'decisions',
    attack: ({ link, send }) => all([() => send(link)]),
  },
]
