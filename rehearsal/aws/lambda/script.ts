import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { transformSync, version } from 'esbuild'

/** A bundle as a thread runs it. */
export interface Script {
  /** File with a function of what a CommonJS module knows: `exports`, `require`, `module` and its URL. */
  code: string
  /** File with what V8 made of it, once it has run somewhere. */
  cache: string
  hasCache: boolean
  /** The file it was made of. */
  file: string
}

const KEPT = join(import.meta.dirname, '../../../node_modules/.cache/rehearsed-functions')
/** Some four states of a stack's functions; one is 1.4 MB. */
const MOST = 120

/**
 * The one module of a function's package as a script, made once for each content; undefined for a package of several modules,
 * or of one that no script can be: those run in a process.
 */
export function scriptOf(folder: string): Script | undefined {
  const [only, ...others] = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(file =>
    /\.[cm]?js$/.test(file),
  )
  if (only !== 'index.mjs' || others.length > 0) return undefined
  const file = join(folder, only)
  const source = readFileSync(file, 'utf8')
  const name = createHash('sha256').update(`${version} ${process.version} ${process.arch}`).update(source).digest('hex')
  const kept = join(KEPT, name)
  const [code, cache] = [join(kept, 'script.js'), join(kept, 'compiled')]
  if (!existsSync(code) && !make(source, kept, code)) return undefined
  utimesSync(kept, new Date(), new Date())
  return { code, cache, hasCache: existsSync(cache), file }
}

function make(source: string, kept: string, code: string): boolean {
  const made = asFunction(source)
  if (made === undefined) return false
  mkdirSync(kept, { recursive: true })
  const half = `${code}.${process.pid}`
  writeFileSync(half, made)
  renameSync(half, code)
  forgetOldest()
  return true
}

/** Whatever was used longest ago goes. */
function forgetOldest(): void {
  const kept = readdirSync(KEPT).map(name => join(KEPT, name))
  const used = new Map(kept.map(path => [path, statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0]))
  const newestFirst = kept.toSorted((a, b) => (used.get(b) ?? 0) - (used.get(a) ?? 0))
  for (const path of newestFirst.slice(MOST)) rmSync(path, { recursive: true, force: true })
}

function asFunction(source: string): string | undefined {
  try {
    const { code } = transformSync(source, {
      format: 'cjs',
      platform: 'node',
      minify: true,
      define: { 'import.meta.url': '__url' },
      logLevel: 'silent',
    })
    return `(function(exports,require,module,__url){${code}\n})`
  } catch {
    // Top-level await, or no JavaScript at all: Node itself says what it makes of it.
    return undefined
  }
}
