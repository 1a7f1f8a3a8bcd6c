import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { FastifyPluginAsync } from 'fastify'
import type { Admin } from './admin/admin.js'

export interface ListenOptions {
  /** @default the setting `port` (8080); 0 takes a free one */
  readonly port?: number
  /** @default the setting `host` (127.0.0.1) */
  readonly host?: string
}

export interface BackupOptions {
  /** A folder that is empty or not there yet. */
  readonly to: string
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: { readonly copied: number; readonly total: number }) => void
}

/** One running server. */
export interface TidingsServer {
  /** Listens with a server of its own. Rejects with ListenError when the port is none, taken or not allowed. */
  listen(options?: ListenOptions): Promise<{ readonly url: string; readonly port: number }>
  /**
   * Takes part in your own Node HTTP server: requests and upgrades under `basePath`/v1 (and /healthz,
   * /readyz, /metrics beside it) are answered here, everything else stays with your own listeners, which
   * must be there already. Returns how to let go.
   */
  attach(server: Server): () => void
  /**
   * The same for your own Fastify app: `await app.register(tidings.fastify)`, without a prefix: `basePath` is all of
   * the path. When the app closes, clients are sent away first: call `close()` in its `onClose`.
   */
  readonly fastify: FastifyPluginAsync
  /** For your own routing: answers a request if it is one of ours; false if it is not. */
  handle(request: IncomingMessage, response: ServerResponse): boolean
  /** What a server key may change over REST, in process; reactions, receipts and lists are REST's alone. */
  readonly admin: Admin
  /** Copies the data while the server runs; the copy is consistent and checked. Rejects with MaintenanceError. */
  backup(options: BackupOptions): Promise<void>
  /** Calls back when the server cannot go on (R3, R11, a broken disk): close it and look at the error. */
  onFatal(listener: (error: Error) => void): () => void
  /** Sends clients away, paced, finishes what was accepted, and leaves nothing open. Idempotent. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
