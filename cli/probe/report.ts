import type { Style } from '../view/style.ts'
import type { Asked } from './question.ts'

export interface Counts {
  passed: number
  failed: number
  notAsked: number
}

/** A question passes where AWS did as assumed, and fails where it did otherwise or could not be asked. */
export function countsOf(all: readonly Asked[]): Counts {
  const count = (...kinds: Asked['answer']['kind'][]) => all.filter(({ answer }) => kinds.includes(answer.kind)).length
  return { passed: count('as assumed'), failed: count('otherwise', 'failed'), notAsked: count('not asked') }
}

export function linesFor({ name, asks, assumed, answer }: Asked, { good, bad, quiet }: Style): string[] {
  const asked = [quiet(`    asked    ${asks}`), quiet(`    assumed  ${assumed}`)]
  switch (answer.kind) {
    case 'as assumed':
      return [`  ${good('✓')} ${name}: as assumed`, ...asked, `    AWS      ${answer.saw}`]
    case 'otherwise':
      return [`  ${bad('✗')} ${name}: otherwise: ${answer.saw}`, ...asked]
    case 'failed':
      return [`  ${bad('✗')} ${name}: could not be asked: ${answer.because}`, ...asked]
    case 'not asked':
      return [quiet(`  · ${name}: not asked: ${answer.because}`)]
  }
}

export function lastLine({ passed, failed, notAsked }: Counts): string {
  return `${notAsked ? `${notAsked} not asked\n` : ''}${passed} passed, ${failed} failed`
}
