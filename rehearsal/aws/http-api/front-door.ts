import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Clock } from '../../clock.ts'
import { listen } from '../../process/port.ts'
import { type HttpAnswer, message } from './answer.ts'
import { type Received, receivedOf } from './event.ts'

/** A loopback port on which an API answers. */
export interface FrontDoor {
  url: string
  close(): Promise<void>
}

export interface FrontDoorOptions {
  clock: Clock
  /** The port to try first; where it is taken, any. */
  port: number | undefined
  answer: (request: Received) => Promise<HttpAnswer>
  onSurprise: (error: unknown) => void
}

const LARGEST_BYTES = 10 * 1024 * 1024

/** Opens a port for real browsers. A request holds the clock until it is answered. */
export async function openFrontDoor({ clock, port, answer, onSurprise }: FrontDoorOptions): Promise<FrontDoor> {
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A body that breaks off is a client that has gone: there is nobody to answer.
    const body = await bodyOf(request).catch(() => undefined)
    if (body === undefined) return void response.destroy()
    const answered = body === 'too-large' ? TOO_LARGE : await answer(receivedOf(request, body))
    if (response.destroyed) return
    send(answered, response)
    if (!response.writableFinished) await Promise.race([once(response, 'finish'), once(response, 'close')])
  }

  const server = createServer((request, response) => {
    clock.during(`${request.method} ${request.url}`, () => serve(request, response)).catch(onSurprise)
  })
  const actual = await clock.during('open the front door', () => listen(server, port))
  return {
    url: `http://127.0.0.1:${actual}`,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

const TOO_LARGE = message(413, 'Request Entity Too Large')

async function bodyOf(request: IncomingMessage): Promise<Buffer | 'too-large'> {
  const chunks: Buffer[] = []
  let size = 0
  // What is too large is still read to its end, else the client would not hear the answer.
  for await (const chunk of request) {
    size += chunk.length
    if (size <= LARGEST_BYTES) chunks.push(chunk)
  }
  return size > LARGEST_BYTES ? 'too-large' : Buffer.concat(chunks)
}

function send({ status, headers, body }: HttpAnswer, response: ServerResponse): void {
  for (const [name, value] of headers) response.appendHeader(name, value)
  response.statusCode = status
  response.end(body)
}
