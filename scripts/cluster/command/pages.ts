import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readAssets, serveAssets } from '../../../examples/web-chat/server/assets.mjs'

export interface Pages {
  /** `host:port`. */
  readonly address: string
  close(): void
}

/** The built web chat, as files; what it talks to is behind the same load balancer. */
export async function servePages(): Promise<Pages> {
  const assets = readAssets()
  const server = createServer((request, response) => {
    // The load balancer asks.
    if (request.url === '/readyz') response.end()
    else serveAssets(assets, request, response)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
