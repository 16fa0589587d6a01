import { appendFileSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { LogWriter } from '../aws/service.ts'

/** Keeps each log stream as the file `<folder>/<group>/<stream>.log`. */
export function createLogs(folder: string): LogWriter {
  const known = new Set<string>()
  return (group, stream, line) => {
    const path = join(folder, group.replace(/^\//, ''), `${stream.replace('$', '')}.log`)
    if (!known.has(path)) mkdirSync(dirname(path), { recursive: true })
    known.add(path)
    // Lambda keeps a message of several lines in one by carriage returns.
    appendFileSync(path, `${line.replaceAll('\r', '\n')}\n`)
  }
}
