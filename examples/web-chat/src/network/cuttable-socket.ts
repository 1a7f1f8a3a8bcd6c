import { network } from './network.ts'

type Listener<E> = ((event: E) => void) | null

/** What a browser reports of a connection that ended without a close frame. */
const lost = { code: 1006, reason: '' }

/**
 * The WebSocket class that the SDK is given: the browser's own until the network is cut. Then
 * nothing passes any more in either direction, also not an ack that is already on its way.
 */
export class CuttableSocket {
  onopen: Listener<never> = null
  onmessage: Listener<{ data: unknown }> = null
  onclose: Listener<{ code: number; reason: string }> = null
  onerror: Listener<never> = null
  readonly #socket: WebSocket | undefined
  readonly #watch: () => void
  #ended = false

  constructor(url: string, protocols?: string[]) {
    this.#watch = network.subscribe(() => {
      if (network.isCut()) this.#end(lost)
    })
    if (network.isCut()) {
      queueMicrotask(() => this.#end(lost))
      return
    }
    const socket = new WebSocket(url, protocols)
    this.#socket = socket
    socket.onopen = (event) => this.onopen?.(event as never)
    socket.onmessage = (event) => this.onmessage?.(event)
    socket.onclose = (event) => this.#end(event)
    socket.onerror = (event) => this.onerror?.(event as never)
  }

  get protocol(): string {
    return this.#socket?.protocol ?? ''
  }

  get bufferedAmount(): number {
    return this.#socket?.bufferedAmount ?? 0
  }

  send(data: string): void {
    if (!this.#ended) this.#socket?.send(data)
  }

  close(code?: number, reason?: string): void {
    this.#socket?.close(code, reason)
    if (this.#socket === undefined) this.#end({ code: code ?? 1000, reason: reason ?? '' })
  }

  #end(event: { code: number; reason: string }): void {
    if (this.#ended) return
    this.#ended = true
    this.#watch()
    const socket = this.#socket
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null
      socket.close()
    }
    this.onclose?.(event)
  }
}
