import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '..')
/** Where rehearsals keep what they make. */
export const REHEARSALS = join(ROOT, '.rehearsal')
/** What an assembly is made of, beside the application files. */
const SOURCES = [
  'functions',
  'domain',
  'events',
  'infra',
  'statemachines',
  'apps/read.ts',
  'package-lock.json',
  'cdk.json',
]

export interface Synthesis {
  /** The cloud assembly. */
  directory: string
  /** How long the synthesis took, here; absent where an assembly of the same sources was at hand. */
  tookMs?: number
}

/** Synthesizes the stack for these application files, once per state of the sources. Throws with what the CDK app said. */
export async function synthesize(
  applicationFiles: string[],
  folder = join(REHEARSALS, 'assemblies'),
): Promise<Synthesis> {
  const directory = join(folder, hashOf(applicationFiles))
  if (existsSync(directory)) return { directory }
  const start = performance.now()
  mkdirSync(folder, { recursive: true })
  const building = `${directory}-building-${process.pid}`
  try {
    await runApp(applicationFiles, building)
    moveInto(building, directory)
  } finally {
    rmSync(building, { recursive: true, force: true })
  }
  return { directory, tookMs: performance.now() - start }
}

/** Somebody else may have made the same assembly meanwhile: then theirs stays. */
function moveInto(building: string, directory: string): void {
  try {
    renameSync(building, directory)
  } catch (error) {
    if (!existsSync(directory)) throw error
  }
}

function hashOf(applicationFiles: string[]): string {
  const hash = createHash('sha256').update(process.version)
  const files = [...SOURCES.map(source => join(ROOT, source)), ...applicationFiles.map(file => resolve(file))]
  for (const file of files.flatMap(filesIn)) hash.update(`\0${relative(ROOT, file)}\0`).update(readFileSync(file))
  return hash.digest('hex').slice(0, 20)
}

function filesIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
}

function runApp(applicationFiles: string[], CDK_OUTDIR: string): Promise<void> {
  const context = JSON.stringify({ ...contextOf(), apps: applicationFiles.map(file => resolve(file)).join(',') })
  const child = spawn(process.execPath, [join(ROOT, 'infra/app.ts')], {
    cwd: ROOT,
    env: { ...process.env, CDK_OUTDIR, CDK_CONTEXT_JSON: context },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk))
  return new Promise((done, fail) => {
    child.once('error', fail)
    child.once('close', code => {
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
