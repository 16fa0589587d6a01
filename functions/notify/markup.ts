/** Slack's text, so that nobody else's words are taken for markup, links or mentions. */

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** For words between ours that hold no markup but, at worst, these three. */
export function escaped(text: string): string {
  return text.replace(/[&<>]/g, sign => ENTITIES[sign] ?? sign)
}

/** Cuts to as many characters, and says that it did. */
export function cut(text: string, longest: number): string {
  return text.length > longest ? `${whole(text.slice(0, longest - 1))}…` : text
}

/** The same in the middle: a reason begins with what happened and what is left, and may end with what was done about it. */
export function cutInside(text: string, longest: number): string {
  if (text.length <= longest) return text
  const end = Math.floor(longest * 0.3)
  return `${cut(text, longest - end)}${text.slice(text.length - end).replace(/^[\uDC00-\uDFFF]/, '')}`
}

/** The one kind of address that our own reasons hold: of a log, in AWS's console. */
const CONSOLE = / \((https:\/\/[a-z0-9-]+\.console\.aws\.amazon\.com\/[^\s()<>|]+)\)/

/** Why something happened, as somebody else's words; the log that they name can be opened. */
export function because(text: string, longest: number): string {
  const [, url] = CONSOLE.exec(text) ?? []
  const link = url === undefined ? '' : ` ${linked(url, 'Open the log')}`
  return `${literal(withoutAddress(text), longest - link.length, cutInside)}${link}`
}

/** A reason for where nobody can click. */
export const withoutAddress = (text: string): string => text.replace(CONSOLE, '')

/** Somebody else's words on one line, shown as they are; what it takes in Slack's text is at most `longest` characters. */
export function literal(text: string, longest = 600, shorten = cut): string {
  // A code span is the one place in which Slack interprets nothing; only its own mark would end it.
  const line = text.replace(/\s+/g, ' ').trim().replaceAll('`', "'")
  if (line === '') return ''
  const room = longest - 2
  let shown = escaped(line)
  for (let kept = Math.min(line.length, room); shown.length > room; kept -= Math.ceil((shown.length - room) / 5))
    shown = escaped(shorten(line, kept))
  return `\`${shown}\``
}

/** As many of the parts as fit, and how many do not. */
export function listed(parts: string[], { longest, between }: { longest: number; between: string }): string {
  const whole = parts.join(between)
  if (whole.length <= longest) return whole
  for (let kept = parts.length - 1; kept > 0; kept--) {
    const text = [...parts.slice(0, kept), `and ${parts.length - kept} more`].join(between)
    if (text.length <= longest) return text
  }
  return `${parts.length} of them`
}

/** A moment as each reader's own clock has it. */
export function moment(ms: number): string {
  const seconds = Math.floor(ms / 1_000)
  const utc = new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
  return `<!date^${seconds}^{date_short_pretty} {time}|${utc} UTC>`
}

/** `[text](url)` in Slack's words; the text is ours. */
export function linked(url: string, text: string): string {
  return `<${escaped(url)}|${text}>`
}

/** A pair of surrogates is one character and is not cut through. */
function whole(text: string): string {
  return text.replace(/[\uD800-\uDBFF]$/, '')
}
