import type { ErrorCode } from '@tidings/protocol'

/**
 * What a gateway sees of a socket, so that a simulated one and a real one share one gateway. Nothing here
 * allocates per receiver: a frame is made once and written to many.
 *
 * An adapter
 * - MUST bring frames to the peer unchanged and in the order written, those before a close before it;
 * - MUST NOT change a frame: others write the same one;
 * - MUST tell the listener nothing within a call of the gateway, and nothing after `closed`;
 * - MUST take every call of a gateway that has not heard of the end yet, and then do nothing.
 */
export interface GatewaySocket {
  /** Writes a frame now, as one system call; frames of a turn are collected by the caller. */
  write(frame: OutFrame): void
  /** Writes several frames with one system call. MUST NOT keep the array: it is used again. */
  writeAll(frames: readonly OutFrame[]): void
  /** Bytes accepted and not yet taken by the network: an integer test, no call into the kernel. */
  bufferedBytes(): number
  /** A WebSocket protocol ping. */
  ping(): void
  /** Sends a close frame; `terminate` follows by itself if the peer does not answer. */
  close(code: number, reason: string): void
  /** Ends at once, without a close frame. */
  terminate(): void
}

/** A WebSocket text frame, encoded once: `bytes` is header and payload in one buffer. */
export interface OutFrame {
  readonly text: string
  readonly bytes: Uint8Array
}

/** What the gateway is told; every call is synchronous and must not throw. */
export interface SocketListener {
  /** `byteLength` is the size on the wire, in bytes of UTF-8. */
  message(text: string, byteLength: number): void
  pong(): void
  /** Exactly once, whoever ends it: with the code of the close, or 1006 where none came. */
  closed(code: number): void
}

/** What is known of a socket before it says anything. */
export interface SocketRequest {
  readonly remoteAddress: string
  readonly origin: string | undefined
  /** From the subprotocol list or the query; undefined: it must come in `hello`. */
  readonly token: string | undefined
}

/** Why a socket is not served. */
export interface SocketRefusal {
  readonly code: ErrorCode
  readonly message?: string
  readonly retryAfterMs?: number
}

/**
 * What serves sockets, as the side sees it that has them. That side
 * - MUST NOT call `accept` with `admitted` unless `admit` has just answered undefined;
 * - MUST give binary and unreadable frames as an empty text, so that they are answered like any other.
 */
export interface SocketServer {
  /** Why a socket would not be served now; undefined: it would, and is counted against the rate of connections. */
  admit(request: Pick<SocketRequest, 'remoteAddress'>): SocketRefusal | undefined
  /** False: so many refused sockets are being told why that one more is better refused without a socket. */
  canExplain(): boolean
  /**
   * Checks a token before there is a socket, for clients that can read an HTTP status. Until then the client counts
   * as a connection that has not said who it is. Resolves within the time for a hello; undefined only for who may
   * still come in then. MUST NOT reject.
   */
  checkToken(token: string, remoteAddress: string): Promise<SocketRefusal | undefined>
  /** Takes a socket over, or refuses it with an error and a close. Left out: `admit` is asked. */
  accept(
    socket: GatewaySocket,
    request: SocketRequest,
    admission?: { readonly admitted: true } | { readonly refusal: SocketRefusal },
  ): SocketListener
}
