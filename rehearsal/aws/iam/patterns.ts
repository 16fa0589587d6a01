/** Whether a value is what a policy's text stands for. */
export type Pattern = (value: string) => boolean

/** `*` stands for any characters, `?` for one. */
export function likeText(wanted: string): Pattern {
  if (wanted === '*') return () => true
  if (!/[*?]/.test(wanted)) return value => value === wanted
  const source = wanted
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  const regExp = new RegExp(`^${source}$`, 's')
  return value => regExp.test(value)
}

const PARTS = 6

/** The same for an ARN, where nothing stands for a part's end: each of its six parts is compared by itself. */
export function likeArn(wanted: string): Pattern {
  if (wanted === '*') return () => true
  const parts = partsOf(wanted)
  if (parts.length < PARTS || parts[0] !== 'arn') throw new Error(`${wanted} must be in ARN format or "*"`)
  if (!/[*?]/.test(wanted)) return value => value === wanted
  const patterns = parts.map(likeText)
  return value => {
    const given = partsOf(value)
    return given.length === PARTS && patterns.every((fits, at) => fits(given[at] ?? ''))
  }
}

function partsOf(arn: string): string[] {
  const parts = arn.split(':')
  return [...parts.slice(0, PARTS - 1), parts.slice(PARTS - 1).join(':')].slice(0, parts.length)
}
