import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

interface Process {
  pid: number
  parent: number
  program: string
  /** What is its own, and what it may share with others: its program's file, and memory that is shared on purpose. */
  own: number
  shareable: number
}

/**
 * Resident bytes of a process and everything it started. What a child has in common with a parent of the same program
 * counts once; without that, each of PostgreSQL's many processes would count the whole of what they share.
 */
export async function treeMemory(root: number = process.pid): Promise<number> {
  const all = process.platform === 'linux' ? await fromProc() : await fromPs()
  const byPid = new Map(all.map(one => [one.pid, one]))
  const family = new Set([root])
  let size = 0
  while (size !== family.size) {
    size = family.size
    for (const one of all) if (family.has(one.parent)) family.add(one.pid)
  }
  const bytes = (one: Process) => {
    const parent = family.has(one.parent) ? byPid.get(one.parent) : undefined
    const counted = parent?.program === one.program ? parent.shareable : 0
    return one.own + Math.max(0, one.shareable - counted)
  }
  return all.filter(one => family.has(one.pid)).reduce((sum, one) => sum + bytes(one), 0)
}

async function fromProc(): Promise<Process[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  const read = await Promise.all(pids.map(pid => readFile(`/proc/${pid}/status`, 'utf8').catch(ended)))
  return read
    .filter(status => status !== undefined)
    .map(status => {
      const text = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1] ?? ''
      const bytes = (name: string) => Number(text(name)) * 1024
      return {
        pid: Number(text('Pid')),
        parent: Number(text('PPid')),
        program: text('Name'),
        own: bytes('RssAnon'),
        shareable: bytes('RssFile') + bytes('RssShmem'),
      }
    })
}

function ended(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error
}

async function fromPs(): Promise<Process[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,rss='])
  return stdout
    .trim()
    .split('\n')
    .map(line => {
      const [pid = 0, parent = 0, kilobytes = 0] = line.trim().split(/\s+/).map(Number)
      return { pid, parent, program: '', own: kilobytes * 1024, shareable: 0 }
    })
}
