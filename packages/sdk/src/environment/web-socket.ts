import isomorphicWebSocket from 'isomorphic-ws'
import type { SocketEvents, SocketHandle } from './port.js'

/** What the SDK uses of a WebSocket: a browser's, or one of the `ws` package. */
export interface WebSocketLike {
  readonly protocol: string
  readonly bufferedAmount: number
  onopen: ((event: never) => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
  onclose: ((event: { code: number; reason: string }) => void) | null
  onerror: ((event: never) => void) | null
  send(data: string): void
  close(code?: number, reason?: string): void
}

export type WebSocketConstructor = new (url: string, protocols?: string[]) => WebSocketLike

/** How a Node environment looks after what keeps its process alive; browsers need none of it. */
export interface SocketCare {
  created(socket: WebSocketLike): void
  closing(socket: WebSocketLike): void
}

/** Opens a socket with the given constructor, by default that of `isomorphic-ws`. Never throws. */
export function openWebSocket(
  WebSocketClass: WebSocketConstructor | undefined,
  url: string,
  protocols: readonly string[],
  events: SocketEvents,
  care?: SocketCare,
): SocketHandle {
  // Looked up here, not at import: on a server that renders pages there may be none.
  const Constructor = WebSocketClass ?? (isomorphicWebSocket as unknown as WebSocketConstructor)
  let socket: WebSocketLike
  try {
    socket = new Constructor(url, [...protocols])
  } catch (error) {
    let open = true
    void Promise.resolve().then(() => open && events.closed(1006, String(error)))
    return {
      send() {},
      bufferedBytes: () => 0,
      close() {
        open = false
      },
    }
  }
  care?.created(socket)
  socket.onopen = () => events.opened(socket.protocol)
  socket.onmessage = ({ data }) => {
    if (typeof data === 'string') events.message(data)
  }
  let why = ''
  socket.onclose = ({ code, reason }) => events.closed(code, reason || why)
  // Comes before `onclose`, and says why in Node alone; and `ws` throws where nobody listens.
  socket.onerror = ({ message = '' }: { message?: string }) => {
    why = message
  }
  return {
    send: (text) => socket.send(text),
    bufferedBytes: () => socket.bufferedAmount,
    close(code, reason) {
      socket.onopen = socket.onmessage = socket.onclose = null
      socket.close(code, reason)
      care?.closing(socket)
    },
  }
}
