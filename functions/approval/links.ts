import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Approval } from '../../domain/approval.ts'
import type { AttemptOf } from '../../domain/identity.ts'
import { readSecret } from '../aws/secrets.ts'
import { environment } from '../environment.ts'

/**
 * Links are signed, so that they cannot be made up, and hold nothing secret. The key is a secret of the stack; each link
 * names the version that signed it, so that a new version of the key ends no link that the former one signed.
 */

/** What a personal link says, and what its signature covers. */
export interface PersonalLink {
  id: string
  approver: string
  /** Of the question that was asked. */
  hash: string
  /** Milliseconds. */
  expiresAt: number
}

/** 128 random bits. */
export const newLinkId = (): string => randomBytes(16).toString('base64url')

/** Where this approver decides. Undefined: nobody of this name was asked. */
export async function personalLink(approval: Approval, approver: string): Promise<string | undefined> {
  const asked = approval.approvers.find(({ name }) => name === approver)
  if (!asked) return undefined
  const { hash, expiresAt } = approval
  const link: PersonalLink = { id: asked.link, approver, hash, expiresAt }
  const query = { approver, hash, expires: String(expiresAt), ...(await signed(personalText(link))) }
  return `${environment('PAGES_URL')}/approvals/${asked.link}?${new URLSearchParams(query)}`
}

/** Where anybody who has the link sees how the release goes; it decides nothing. */
export async function releaseLink(of: AttemptOf): Promise<string> {
  const query = await signed(releaseText(of))
  return `${environment('PAGES_URL')}/releases/${of.app}/${of.release}-${of.attempt}?${new URLSearchParams(query)}`
}

export interface Signature {
  /** Version of the key. */
  key: string
  signature: string
}

export const isPersonal = (link: PersonalLink, by: Signature) => isSigned(personalText(link), by)
export const isReleaseLink = (of: AttemptOf, by: Signature) => isSigned(releaseText(of), by)

const personalText = ({ id, approver, hash, expiresAt }: PersonalLink) =>
  JSON.stringify(['approve', 1, id, approver, hash, expiresAt])
const releaseText = ({ app, release, attempt }: AttemptOf) => JSON.stringify(['release', 1, app, release, attempt])

async function signed(text: string): Promise<Record<keyof Signature, string>> {
  const key = await readSecret(environment('LINK_KEY'))
  if (!key) throw new Error('the key that signs links is gone: deploy the stack again')
  return { key: key.versionId, signature: hmac(key.value, text).toString('base64url') }
}

const VERSION_ID = /^[A-Za-z0-9-]{32,64}$/

async function isSigned(text: string, { key: versionId, signature }: Signature): Promise<boolean> {
  if (!VERSION_ID.test(versionId)) return false
  const key = await readSecret(environment('LINK_KEY'), versionId)
  if (!key) return false
  // As text: several ways of writing base64 stand for the same bytes, and only the one that was sent is the link.
  const expected = Buffer.from(hmac(key.value, text).toString('base64url'))
  const given = Buffer.from(signature)
  return given.length === expected.length && timingSafeEqual(given, expected)
}

const hmac = (key: string, text: string) => createHmac('sha256', key).update(text).digest()
