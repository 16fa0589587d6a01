/**
 * The Node runtime of many Lambda execution environments in one thread, for rehearsals in which time jumps: each is an instance
 * of its bundle, and none runs while another does. Starting one takes a fiftieth of what a process takes.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import vm from 'node:vm'
import { parentPort } from 'node:worker_threads'
import { answerOf, dieUncaught, failure, handlerOf, printBy } from './handler.mjs'
import { update } from './preload.mjs'

const print = (stream, text) => parentPort.postMessage({ stream, text })
printBy(print)
for (const stream of ['stdout', 'stderr'])
  process[stream].write = (chunk, encoding, done) => {
    print(stream, Buffer.from(chunk, typeof encoding === 'string' ? encoding : 'utf8').toString())
    const written = typeof encoding === 'function' ? encoding : done
    if (written) process.nextTick(written)
    return true
  }

const answer = message => parentPort.postMessage({ answer: message })
dieUncaught(failed => answer({ ...failed, last: true, dies: true }))

/** Id → its handler and its variables. */
const environments = new Map()

/** `code`: a file with a function of what a CommonJS module knows; `cache`: one with what V8 made of it. */
function load({ code, cache, hasCache, file }) {
  const cachedData = hasCache ? readFileSync(cache) : undefined
  const importModuleDynamically = vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER
  const script = new vm.Script(readFileSync(code, 'utf8'), { filename: file, cachedData, importModuleDynamically })
  const module = { exports: {} }
  script.runInThisContext()(module.exports, createRequire(file), module, pathToFileURL(file).href)
  return { module: module.exports, script, isCached: cachedData !== undefined && !script.cachedDataRejected }
}

function start({ id, variables, script: given }) {
  const known = environments.get(id)
  if (known) {
    known.variables = variables
    return answer({ ready: true })
  }
  process.env = variables
  try {
    const { module, script, isCached } = load(given)
    const handler = handlerOf(module, variables._HANDLER)
    environments.set(id, { handler, variables, script: isCached ? undefined : script, cache: given.cache })
    answer({ ready: true })
  } catch (error) {
    answer({ ...failure(error, 'Uncaught Exception'), last: true })
  }
}

async function invoke({ id, ...message }) {
  const environment = environments.get(id)
  process.env = environment.variables
  answer(await answerOf(environment.handler, { ...message, id: message.request }))
  keep(environment)
}

/** By now what the handler needs has been compiled, too. */
function keep(environment) {
  if (!environment.script) return
  const half = `${environment.cache}.${process.pid}-${performance.now()}`
  writeFileSync(half, environment.script.createCachedData())
  renameSync(half, environment.cache)
  environment.script = undefined
}

parentPort.on('message', message => {
  if (message.does === 'start') start(message)
  else if (message.does === 'invoke') invoke(message)
  else if (message.does === 'update') update(message.world)
  else environments.delete(message.id)
})
