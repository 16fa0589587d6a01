// Runs one image's container in a process of its own: `node serve.mjs <folder> [word of its command]…`.
// Says {port} when it serves, or "runs" when it is about to run to its end.
import http from 'node:http'
import { pathToFileURL } from 'node:url'

// A task must not outlive the rehearsal that started it.
process.once('disconnect', () => process.exit(137))

const env = { ...process.env }
const [, , folder, ...command] = process.argv
const { default: container } = await import(pathToFileURL(`${folder}/container.mjs`).href)
let leaving = false
if (container.run && (command.length > 0 || !container.fetch)) {
  process.send('runs')
  process.exit(await container.run(env, command))
}
if (!container.fetch) throw new Error('the image has neither fetch nor run')
await container.start?.(env)
serve()

function serve() {
  const server = http.createServer({ keepAliveTimeout: 0 }, (request, response) => {
    answer(request, response).catch(error => {
      console.error(error)
      if (response.headersSent) response.destroy()
      else response.writeHead(500).end()
    })
  })
  process.once('SIGTERM', () => {
    leaving = true
    server.close(async () => {
      await container.stop?.(env)
      process.exit(0)
    })
  })
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
}

async function answer(request, response) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const url = new URL(request.url, `http://${request.headers.host ?? 'localhost'}`)
  const body = chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}
  const result = await container.fetch(
    new Request(url, { method: request.method, headers: request.headers, ...body }),
    env,
  )
  if (leaving) response.setHeader('connection', 'close')
  response.writeHead(result.status, [...result.headers].flat())
  response.end(Buffer.from(await result.arrayBuffer()))
}
