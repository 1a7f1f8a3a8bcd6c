import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { CODES } from '@tidings/protocol'
import type { SocketRefusal } from '../../ports/socket.js'

/** Answers an upgrade by HTTP, in the form of every REST answer, and ends the socket (P-76, P-88). */
export function refuseByHttp(
  socket: Duplex,
  { code, message, retryAfterMs }: SocketRefusal,
  requestId: string = randomUUID(),
): void {
  const status = CODES[code].http ?? 400
  const body = JSON.stringify({
    data: null,
    error: {
      code,
      message: message ?? CODES[code].message,
      request_id: requestId,
      retryable: CODES[code].retryable,
      ...(retryAfterMs !== undefined && { retry_after_ms: Math.ceil(retryAfterMs) }),
    },
  })
  const headers = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(retryAfterMs === undefined ? [] : [`Retry-After: ${Math.ceil(retryAfterMs / 1_000)}`]),
  ]
  // after an upgrade nobody else listens, and an error that nobody hears ends the process
  socket.on('error', () => socket.destroy())
  socket.once('finish', () => socket.destroy())
  socket.end(`${headers.join('\r\n')}\r\n\r\n${body}`)
}
