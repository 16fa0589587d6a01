import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const ROOT = resolve(import.meta.dirname, '../..')

export interface Document {
  /** Path from the root. */
  path: string
  text: string
}

export interface DocumentedCommand {
  path: string
  typed: string
  needsAccount: boolean
}

/** README.md and everything in docs/. */
export function documents(): Document[] {
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
  return ['README.md', ...docs.filter(file => file.endsWith('.md')).map(file => join('docs', file))].map(path => ({
    path,
    text: readFileSync(join(ROOT, path), 'utf8'),
  }))
}

const FENCE = /^ *```(\w*)\n([\s\S]*?)^ *```$/gm
const ACCOUNT = '# needs an account'
const TYPED = /`((?:npm|npx|aws|cdk|docker|sluice) [^`]+)`/g

/** What stands in fences of this language. */
export const fenced = ({ text }: Document, language: string): string[] =>
  [...text.matchAll(FENCE)].filter(([, known]) => known === language).map(([, , block = '']) => block)

/**
 * Everything that a reader may type: lines of `sh` fences, and commands within sentences. One needs an account if its fence
 * says so in its first line, or if it asks AWS by its own words.
 */
export function commandsIn(document: Document): DocumentedCommand[] {
  const inFences = [...fenced(document, 'sh'), ...fenced(document, '')].flatMap(block => {
    const isMarked = block.startsWith(ACCOUNT)
    return linesOf(block).map(typed => ({ typed, isMarked }))
  })
  const inSentences = [...document.text.replace(FENCE, '').matchAll(TYPED)].map(([, typed = '']) => ({
    typed: typed.replaceAll('\\|', '|'),
    isMarked: false,
  }))
  return [...inFences, ...inSentences].map(({ typed, isMarked }) => ({
    path: document.path,
    typed,
    needsAccount: isMarked || asksAws(typed),
  }))
}

const linesOf = (block: string) =>
  block
    .split('\n')
    .map(line => line.replace(/\s+#.*$/, '').trim())
    .filter(line => line !== '' && !line.startsWith('#'))

const asksAws = (typed: string) =>
  /^(?:aws|cdk|docker|npx cdk) /.test(typed) || / --aws\b/.test(typed) || typed === 'npm run deploy'
