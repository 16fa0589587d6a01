/**
 * The Node runtime of one Lambda execution environment that is a process: loads the handler, then answers one invocation at a
 * time that comes over the process's channel. Payloads travel as JSON text, as they do in Lambda.
 */
import { existsSync } from 'node:fs'
import { enableCompileCache, flushCompileCache } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { answerOf, dieUncaught, failure, handlerOf, named, printBy } from './handler.mjs'
import { update } from './preload.mjs'

/** Ends what an invocation printed, on both streams: the host waits for it, since pipes and channel are not in one order. */
const MARK = '\0'

printBy((stream, line) => process[stream].write(line))

function answer(message) {
  process.stdout.write(`${MARK}\n`)
  process.stderr.write(`${MARK}\n`)
  process.send(message)
}

/** This process is not to be used again. */
const last = failed => answer({ ...failed, last: true })

async function loadHandler() {
  const name = process.env._HANDLER
  const [, file] = /^(.*?)\.([^/]*)$/.exec(name) ?? []
  const base = file && join(process.env.LAMBDA_TASK_ROOT, file)
  const found = base && ['.js', '.mjs', '.cjs'].map(ending => base + ending).find(existsSync)
  if (!found) throw named('Runtime.ImportModuleError', `Error: Cannot find module '${file ?? name}'`)
  enableCompileCache()
  const module = await import(pathToFileURL(found).href)
  flushCompileCache()
  return handlerOf(module, name)
}

// A channel that closes means that the rehearsal is over, however it ended.
process.on('disconnect', () => process.exit())
dieUncaught(last)

try {
  const handler = await loadHandler()
  process.on('message', async message => {
    if (message.update) update(message.update)
    else answer(await answerOf(handler, message))
  })
  answer({ ready: true })
} catch (error) {
  // The log line of a failed start has no request: Lambda prints it the same way.
  last(failure(error, 'Uncaught Exception'))
  process.disconnect()
}
