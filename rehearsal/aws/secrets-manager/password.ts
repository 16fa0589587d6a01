import { createHash } from 'node:crypto'

/** Secrets Manager's options for a generated value, as CloudFormation writes them. */
export interface PasswordOptions {
  PasswordLength?: number | undefined
  ExcludeCharacters?: string | undefined
  ExcludeLowercase?: boolean | undefined
  ExcludeNumbers?: boolean | undefined
  ExcludePunctuation?: boolean | undefined
  ExcludeUppercase?: boolean | undefined
  IncludeSpace?: boolean | undefined
  RequireEachIncludedType?: boolean | undefined
}

const LOWERCASE = 'abcdefghijklmnopqrstuvwxyz'
const NUMBERS = '0123456789'
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'

/** A password by these options that is the same for the same seed: no secret, and no two rehearsals differ by it. */
export function generatePassword(options: PasswordOptions, seed: string): string {
  const { PasswordLength = 32, RequireEachIncludedType = true } = options
  const kinds = alphabets(options)
  const all = kinds.join('')
  if (all === '') throw new Error('the password would have no characters')
  if (PasswordLength < 1 || PasswordLength > 4096) throw new Error('PasswordLength is 1 to 4096')
  if (RequireEachIncludedType && PasswordLength < kinds.length) {
    throw new Error(`PasswordLength ${PasswordLength} has no room for each of ${kinds.length} types of characters`)
  }
  const drawn = Array.from({ length: PasswordLength }, (_, at) => pick(all, seed, at))
  if (RequireEachIncludedType) putOneOfEach(drawn, kinds, seed)
  return drawn.join('')
}

function alphabets(options: PasswordOptions): string[] {
  const { ExcludeCharacters = '' } = options
  const included = [
    options.ExcludeLowercase ? '' : LOWERCASE,
    options.ExcludeUppercase ? '' : LOWERCASE.toUpperCase(),
    options.ExcludeNumbers ? '' : NUMBERS,
    options.ExcludePunctuation ? '' : PUNCTUATION,
    options.IncludeSpace ? ' ' : '',
  ]
  const left = included.map(kind => [...kind].filter(character => !ExcludeCharacters.includes(character)).join(''))
  return left.filter(kind => kind !== '')
}

function putOneOfEach(drawn: string[], kinds: string[], seed: string): void {
  const first = pickNumber(drawn.length, `${seed}/place`, 0)
  for (const [at, kind] of kinds.entries()) drawn[(first + at) % drawn.length] = pick(kind, `${seed}/each`, at)
}

function pick(from: string, seed: string, at: number): string {
  return from.charAt(pickNumber(from.length, seed, at))
}

function pickNumber(below: number, seed: string, at: number): number {
  return createHash('sha256').update(`${seed}/${at}`).digest().readUInt32BE() % below
}
