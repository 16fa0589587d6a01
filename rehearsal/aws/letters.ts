import { createHash } from 'node:crypto'

const CAPITALS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

/** Letters and digits that look random and are the same for the same seed; at most 64. */
export function tail(seed: string, count: number, alphabet = CAPITALS): string {
  const bytes = createHash('sha512').update(seed).digest()
  return [...bytes.subarray(0, count)].map(byte => alphabet[byte % alphabet.length]).join('')
}
