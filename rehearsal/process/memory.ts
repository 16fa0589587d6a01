import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

interface Process {
  pid: number
  parent: number
  bytes: number
}

/** Resident bytes of a process and everything it started. Pages that processes share are counted in each. */
export async function treeMemory(root: number = process.pid): Promise<number> {
  const all = process.platform === 'linux' ? await fromProc() : await fromPs()
  const family = new Set([root])
  let size = 0
  while (size !== family.size) {
    size = family.size
    for (const one of all) if (family.has(one.parent)) family.add(one.pid)
  }
  return all.filter(one => family.has(one.pid)).reduce((sum, one) => sum + one.bytes, 0)
}

async function fromProc(): Promise<Process[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  const read = await Promise.all(pids.map(pid => readFile(`/proc/${pid}/status`, 'utf8').catch(ended)))
  return read
    .filter(status => status !== undefined)
    .map(status => {
      const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0)
      return { pid: field('Pid'), parent: field('PPid'), bytes: field('VmRSS') * 1024 }
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
      return { pid, parent, bytes: kilobytes * 1024 }
    })
}
