import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../../clock.ts'
import type { Answer } from '../../fleet/container.ts'
import { writeAnswer } from '../../fleet/http.ts'
import { REGION } from '../service.ts'

/** The bucket of ECR's own that everybody's layers are downloaded from. */
export const LAYER_HOST = `prod-${REGION}-starport-layer-bucket.s3.${REGION}.amazonaws.com`

export interface LayerHost {
  /** Where it listens on this machine. */
  port: number
  /** An address at LAYER_HOST from which whoever has it can read these bytes for an hour. */
  offer(bytes: string): string
  close(): Promise<void>
}

const EXPIRES_SECONDS = 3600

/** Opens the host that GetDownloadUrlForLayer's addresses lead to. A request holds the clock until it is answered. */
export async function openLayerHost(clock: Clock): Promise<LayerHost> {
  const offers = new Map<string, { bytes: string; until: number }>()

  function answer(path: string): Answer {
    const offer = offers.get(path)
    if (!offer) return denied('Access Denied')
    if (clock.now() > offer.until) return denied('Request has expired')
    return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body: Buffer.from(offer.bytes) }
  }

  const server = http.createServer((request, response) => {
    void clock.during(`download from ${LAYER_HOST}`, async () => {
      writeAnswer(answer(request.url ?? ''), response)
      if (!response.writableFinished) await Promise.race([once(response, 'finish'), once(response, 'close')])
    })
  })
  await clock.during('listen', () => new Promise<void>(done => server.listen(0, '127.0.0.1', done)))
  return {
    port: (server.address() as AddressInfo).port,
    offer(bytes) {
      const query = new URLSearchParams({
        'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
        'X-Amz-Date': new Date(clock.now()).toISOString().replace(/[-:]|\.\d+/g, ''),
        'X-Amz-Expires': String(EXPIRES_SECONDS),
        'X-Amz-SignedHeaders': 'host',
        // Nobody computes it: that nobody can guess it is what a signature is for here.
        'X-Amz-Signature': randomBytes(32).toString('hex'),
      })
      const path = `/${crypto.randomUUID()}?${query}`
      offers.set(path, { bytes, until: clock.now() + EXPIRES_SECONDS * 1000 })
      return `https://${LAYER_HOST}${path}`
    },
    close() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      server.closeAllConnections()
      return closed
    },
  }
}

function denied(message: string): Answer {
  const body = `<Error><Code>AccessDenied</Code><Message>${message}</Message></Error>`
  return { status: 403, headers: { 'content-type': 'application/xml' }, body: Buffer.from(body) }
}
