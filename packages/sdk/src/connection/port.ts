import type { ClientFrame, ServerFrame, ServerFrames } from '@tidings/protocol'
import type { UnreadableEvent } from './guard.js'
import type { RequestOptions } from './requests.js'
import type { MachineEvent, State } from './states.js'
import type { TraceEntry } from './trace.js'

/** What the rest of the SDK sees of the connection. One instance for a client's whole life. */
export interface Connection {
  /** True between `hello_ack` and the end of that socket, and not after `goaway`. */
  readonly canSend: boolean
  /** Counts sockets that got their `hello_ack`; frames of an older one never arrive under a newer. */
  readonly session: number
  /** Server time now, by `hello_ack.server_ts` plus monotonic time; undefined before the first. */
  serverNow(): number | undefined
  /** Writes a frame, or returns false when it cannot be written now. Frames of a turn share one write. */
  send(frame: ClientFrame): boolean
  /**
   * Writes a frame with a fresh `ref` and resolves with the frame that answers it. Rejects with a
   * TidingsError: the server's error, `unavailable` when the socket ends, `timeout`, `aborted`, `closed`.
   */
  request(frame: ClientFrame, options?: RequestOptions): Promise<ServerFrame>
  /** Registers a listener; returns the unsubscribe. Listeners run in order of registration. */
  on<E extends keyof ConnectionEvents>(event: E, listener: ConnectionEvents[E]): () => void
}

export interface ConnectionEvents {
  /** A new session; before any other frame of it. `resends` may be written from here. */
  connected(ack: ServerFrames['hello_ack'], session: number): void
  /**
   * The session's socket ended or may not be written to any more (`goaway`). `closeCode` is how the
   * socket ended, where it has; the outbox needs it to find a command that the server cannot take.
   */
  disconnected(session: number, closeCode?: number): void
  /**
   * Every frame but `hello_ack`, `pong`, `auth.refreshed`, and answers to `request`; of those only
   * `channels.page`, as an answer that its asker has had: its entries are everybody's. Its fields
   * have been checked; an event that could not be read comes as `unreadable`, here and inside pages.
   * After `goaway` frames of the old session still come, behind its `disconnected`.
   */
  frame(frame: ServerFrame | UnreadableEvent, session: number, isAnswer?: boolean): void
}

/** What the client itself is told besides. */
export interface InnerEvents extends ConnectionEvents {
  state(current: State, previous: State): void
}

/** What the client itself sees. */
export interface ClientConnection extends Connection {
  readonly state: State
  /** Envelopes that were not understood and take no number in a channel. */
  readonly ignoredFrames: number
  on<E extends keyof InnerEvents>(event: E, listener: InnerEvents[E]): () => void
  /** Tells the machine what happened. */
  dispatch(event: MachineEvent): void
  /** The last things that happened, oldest first. */
  trace(): readonly TraceEntry[]
}
