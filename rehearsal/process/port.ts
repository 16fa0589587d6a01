import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Listens on loopback, on that port or, where it is taken, on any; resolves with the one it has. */
export async function listen(server: Server, port = 0): Promise<number> {
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (error) {
    if (port === 0) throw error
    return listen(server)
  }
  return (server.address() as AddressInfo).port
}
