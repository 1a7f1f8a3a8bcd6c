import type { IncomingMessage } from 'node:http'
import { SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX } from '@tidings/protocol'

/** What a client offers in the list of subprotocols. */
export interface Offered {
  /** True where it offers `tidings.v1`: such a client understands a refusal by frame. */
  readonly tidings: boolean
  readonly any: boolean
  /** The token among the subprotocols, decoded. */
  readonly token: string | undefined
}

export function offeredBy(request: IncomingMessage): Offered {
  const header = request.headers['sec-websocket-protocol'] ?? ''
  const names = header
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  const carrier = names.find((name) => name.startsWith(TOKEN_SUBPROTOCOL_PREFIX))
  const encoded = carrier?.slice(TOKEN_SUBPROTOCOL_PREFIX.length) ?? ''
  return {
    tidings: names.includes(SUBPROTOCOL),
    any: names.length > 0,
    // an empty one is none: it may come in another place
    token: Buffer.from(encoded, 'base64url').toString() || undefined,
  }
}

/** The path without the query, and the query's token. */
export function addressOf(request: IncomingMessage): { path: string; token: string | undefined } {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2)
  return { path, token: new URLSearchParams(query).get('token') || undefined }
}

/**
 * The client's address: behind so many proxies the one that the outermost of them saw, counted from the right of
 * X-Forwarded-For, because what stands further left anybody can write.
 */
export function remoteAddressOf(request: IncomingMessage, trustProxy: number): string {
  const direct = request.socket.remoteAddress ?? ''
  if (trustProxy === 0) return direct
  const header = request.headers['x-forwarded-for'] ?? ''
  const forwarded = String(header)
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '')
  const all = [...forwarded, direct]
  return all[Math.max(0, all.length - 1 - trustProxy)] ?? direct
}

/** Pages of other origins may not open sockets unless they are listed; who is no browser names no origin. */
export function mayConnect(request: IncomingMessage, origins: readonly string[]): boolean {
  const { origin, host } = request.headers
  if (origin === undefined || origins.includes('*') || origins.includes(origin)) return true
  return URL.canParse(origin) && new URL(origin).host === host
}
