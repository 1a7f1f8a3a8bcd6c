import type { Socket } from 'node:net'

interface Piece {
  readonly dueAt: number
  readonly pass: () => void
}

/** One direction of a connection: what is read from one socket is written to another, later and in order. */
export class Delayed {
  readonly #from: Socket
  readonly #queue: Piece[] = []
  #delayMs = 0
  #isCut = false
  #timer: NodeJS.Timeout | undefined

  constructor(from: Socket, to: Socket) {
    this.#from = from
    from.on('data', (data) => {
      this.#push(() => {
        // A slow reader behind the proxy slows the writer before it, as it would without.
        if (!to.destroyed && !to.write(data)) from.pause()
      })
    })
    to.on('drain', () => this.#resume())
  }

  set(delayMs: number, isCut: boolean): void {
    this.#delayMs = delayMs
    this.#isCut = isCut
    if (isCut) this.#from.pause()
    else this.#resume()
    this.#schedule()
  }

  /** Behind everything that was read. */
  end(pass: () => void): void {
    this.#push(pass)
  }

  #push(pass: () => void): void {
    this.#queue.push({ dueAt: performance.now() + this.#delayMs, pass })
    this.#schedule()
  }

  #resume(): void {
    if (!this.#isCut && this.#from.isPaused()) this.#from.resume()
  }

  #schedule(): void {
    clearTimeout(this.#timer)
    if (this.#isCut) return
    while (this.#queue[0] && this.#queue[0].dueAt <= performance.now()) this.#queue.shift()?.pass()
    const next = this.#queue[0]
    if (!next) return
    this.#timer = setTimeout(() => this.#schedule(), next.dueAt - performance.now())
    this.#timer.unref()
  }
}
