import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { nameOf, type Run, type Told } from './told.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const CHILD = fileURLToPath(new URL('one-rehearsal.ts', import.meta.url))

/** Rehearses in a process of its own. Rejects where that ends without telling anything. */
export function rehearseApart(run: Run): Promise<Told> {
  const child = spawn(process.execPath, [CHILD, JSON.stringify(run)], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  const end = () => child.kill()
  process.once('exit', end)
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text
    })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => {
      process.off('exit', end)
      const [last = ''] = said.stdout.trim().split('\n').slice(-1)
      if (last.startsWith('{')) resolve(JSON.parse(last))
      else reject(new Error(`${nameOf(run)}: ended with ${code} and told nothing:\n${said.stderr}`))
    })
  })
}

/** Does the work on all items, two at a time, and resolves in their order. */
export async function twoAtATime<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const left = items.entries()
  const worker = async () => {
    for (const [at, item] of left) results[at] = await work(item)
  }
  await Promise.all([worker(), worker()])
  return results
}
