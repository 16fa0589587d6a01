import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { keepNewest, REHEARSALS } from './kept.ts'
import { isAlive } from './process.ts'

const ROOT = resolve(import.meta.dirname, '../..')
/** What an assembly is made of, beside the application files. */
export const SOURCES = [
  'functions',
  'domain',
  'events',
  'infra',
  'statemachines',
  'apps/read.ts',
  'package-lock.json',
  'cdk.json',
]

/** What else there is to an assembly, beside its application files. */
export interface Variation {
  /** Name of the stack. Default: Sluice. */
  stack?: string
  /** Folder with other sources than this project's. */
  sources?: string
}

export interface Synthesis {
  /** The cloud assembly. */
  directory: string
  /** How long the synthesis took, here; absent where an assembly of the same sources was at hand. */
  tookMs?: number
}

/**
 * Synthesizes the stack for these application files, once per state of the sources: who finds another process at it waits
 * for its assembly. Throws with what the CDK app said.
 */
export async function synthesize(
  applicationFiles: string[],
  folder = join(REHEARSALS, 'assemblies'),
  variation: Variation = {},
): Promise<Synthesis> {
  const directory = join(folder, hashOf(applicationFiles, variation))
  mkdirSync(folder, { recursive: true })
  const start = performance.now()
  for (;;) {
    if (existsSync(directory)) return { directory }
    if (takeTurn(`${directory}.pid`)) break
    await pause(LOOK_MS)
  }
  const building = `${directory}-building`
  try {
    await runApp(applicationFiles, building, variation)
    renameSync(building, directory)
  } finally {
    rmSync(building, { recursive: true, force: true })
    rmSync(`${directory}.pid`)
  }
  keepNewest(folder, KEPT)
  return { directory, tookMs: performance.now() - start }
}

const LOOK_MS = 200
/** More than there are application files that one command rehearses. */
const KEPT = 12

/** Whether this process is the one that makes the assembly: the first to write its id, or to find the writer dead. */
function takeTurn(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  if (!isAlive(Number(readFileSync(file, 'utf8')))) rmSync(file, { force: true })
  return false
}

function hashOf(applicationFiles: string[], { stack = '', sources = ROOT }: Variation): string {
  const hash = createHash('sha256').update(process.version).update(stack)
  const add = (root: string, files: string[]) => {
    for (const file of files) hash.update(`\0${relative(root, file)}\0`).update(readFileSync(file))
  }
  add(sources, SOURCES.map(source => join(sources, source)).flatMap(filesIn))
  add(
    ROOT,
    applicationFiles.map(file => resolve(file)),
  )
  return hash.digest('hex').slice(0, 20)
}

function filesIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
}

function runApp(applicationFiles: string[], CDK_OUTDIR: string, { stack, sources = ROOT }: Variation): Promise<void> {
  const apps = applicationFiles.map(file => resolve(file)).join(',')
  const context = JSON.stringify({ ...contextOf(), apps, ...(stack !== undefined && { stack }) })
  const child = spawn(process.execPath, ['--max-semi-space-size=2', join(sources, 'infra/app.ts')], {
    cwd: sources,
    env: { ...process.env, CDK_OUTDIR, CDK_CONTEXT_JSON: context },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const end = () => child.kill()
  process.once('exit', end)
  const said: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk))
  return new Promise((done, fail) => {
    child.once('error', fail)
    child.once('close', code => {
      process.off('exit', end)
      if (code === 0) done()
      else fail(new Error(`the stack could not be synthesized (exit code ${code}):\n${Buffer.concat(said)}`))
    })
  })
}

/** The same feature flags as `cdk synth` takes from cdk.json. */
function contextOf(): Record<string, unknown> {
  const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> }
  return context
}
