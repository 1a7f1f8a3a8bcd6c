import type { ClientFrame, ServerFrame } from '@tidings/protocol'
import { BACK_OFF_LAST_ATTEMPT, backOffMs } from '../connection/back-off.js'
import type { Connection } from '../connection/port.js'
import type { Environment } from '../environment/port.js'
import { abortedError, closedError, TidingsError } from '../errors.js'
import { atEndOfTurn, onAbort } from '../turn.js'
import { pick } from './pick.js'

/** One request under way. */
export interface Attempt {
  readonly frame: ClientFrame
  /** It goes on the wire now. */
  sent(): void
  /** False if the answer was of no use: it is asked again. */
  done(answer: ServerFrame): boolean
  failed(error: TidingsError): void
}

/** Somebody who asks for pages, one after the other. */
export interface Source {
  readonly channelId: string | undefined
  priority(): number
  /** What to ask, decided at the last moment; undefined if nothing is missing. */
  next(): Attempt | undefined
  /** It is over: the user has left, or the client is closed. */
  cancel?(error: TidingsError): void
}

export interface Scheduler {
  /** Takes part until the returned function is called, which also ends its request. */
  add(source: Source): { wake(spreadMs?: number): void; remove(): void }
  /**
   * One request of its own, asked again until `accept` returns something; an answer is accepted
   * before what came behind it is handed on. Rejects with the server's refusal, `aborted`, `closed`,
   * or what the last of 8 tries ended with; being offline is waiting.
   */
  once<T>(options: {
    readonly channelId: string | undefined
    readonly frame: () => ClientFrame
    readonly accept: (answer: ServerFrame) => T | undefined
    readonly signal?: AbortSignal | undefined
  }): Promise<T>
  /** Ends every request on a channel that the user has left (P-32). */
  leave(channelId: string): void
  close(): void
}

interface Place {
  readonly source: Source
  notBefore: number
  served: number
  misses: number
  /** Present while its request is on the wire. */
  wire: AbortController | undefined
}

const TRIES_MAX = 8

/**
 * Who may ask when: at most as many at once as the server allows, urgent ones first, in turn.
 * Survives disconnects: what had no answer is asked again in the next session.
 */
export function createScheduler(
  connection: Connection,
  environment: Environment,
  inFlightMax: () => number,
): Scheduler {
  const places = new Set<Place>()
  let inFlight = 0
  let served = 0
  let timer: unknown
  let closed = false

  const now = (): number => environment.monotonicNow()

  const turnOf = (place: Place) => {
    const attempt = place.wire ? undefined : place.source.next()
    const { notBefore, served } = place
    return attempt ? [{ place, attempt, notBefore, served, priority: place.source.priority() }] : []
  }

  const pump = (): void => {
    environment.clearTimer(timer)
    while (connection.canSend && inFlight < inFlightMax()) {
      const picked = pick([...places].flatMap(turnOf), now())
      if (picked === undefined) return
      if ('atMs' in picked) {
        timer = environment.setTimer(pump, picked.atMs - now())
        return
      }
      void ask(picked.next.place, picked.next.attempt)
    }
  }

  /** Once at the end of this turn, when everybody who wants something is known. */
  const wake = atEndOfTurn(() => {
    if (!closed) pump()
  })

  const ask = async (place: Place, attempt: Attempt): Promise<void> => {
    const wire = new AbortController()
    const { session } = connection
    place.wire = wire
    place.served = ++served
    inFlight += 1
    attempt.sent()
    let waitMs = 0
    try {
      await connection.request(attempt.frame, {
        signal: wire.signal,
        answered(answer) {
          place.misses = attempt.done(answer) ? 0 : place.misses + 1
        },
      })
      // The first answer of no use is asked for anew at once: past the caches.
      if (place.misses > 1) waitMs = backOff(place.misses - 1)
    } catch (cause) {
      const error = TidingsError.from(wire.signal.aborted ? wire.signal.reason : cause)
      const lost = !connection.canSend || connection.session !== session
      place.misses = lost ? 0 : place.misses + 1
      if (!lost) waitMs = backOff(place.misses, error.retryAfterMs)
      if (!lost || !error.retryable) attempt.failed(error)
    }
    inFlight -= 1
    place.wire = undefined
    // What came behind the answer may have put it off for longer.
    place.notBefore = Math.max(place.notBefore, now() + waitMs)
    wake()
  }

  const backOff = (misses: number, retryAfterMs?: number): number =>
    backOffMs(Math.min(misses - 1, BACK_OFF_LAST_ATTEMPT), environment.random(), retryAfterMs)

  const add: Scheduler['add'] = (source) => {
    const place: Place = { source, notBefore: 0, served, misses: 0, wire: undefined }
    places.add(place)
    wake()
    return {
      wake(spreadMs = 0) {
        const atMs = now() + environment.random() * spreadMs
        place.notBefore = Math.max(place.notBefore, atMs)
        wake()
      },
      remove() {
        places.delete(place)
        place.wire?.abort(abortedError())
      },
    }
  }

  const off = connection.on('connected', () => {
    for (const place of places) place.notBefore = 0
    wake()
  })

  return {
    add,

    once: ({ channelId, frame, accept, signal }) =>
      new Promise((resolve, reject) => {
        let tries = 0
        const end = (error?: TidingsError): void => {
          place.remove()
          offAbort()
          if (error) reject(error)
        }
        const abort = (): void => end(abortedError())
        const offAbort = onAbort(signal, abort)
        const place = add({
          channelId,
          priority: () => 0,
          cancel: end,
          next: () => ({
            frame: frame(),
            sent() {},
            done(answer) {
              const value = accept(answer)
              if (value === undefined) {
                if (++tries === TRIES_MAX)
                  end(new TidingsError('unavailable', 'No page was new enough.'))
                return false
              }
              end()
              resolve(value)
              return true
            },
            failed(error) {
              if (!error.retryable || ++tries === TRIES_MAX) end(error)
            },
          }),
        })
        if (closed) end(closedError())
        else if (signal?.aborted) abort()
      }),

    leave(channelId) {
      const error = new TidingsError('not_in_channel', 'You have left this channel.')
      for (const { source, wire } of [...places]) {
        if (source.channelId !== channelId) continue
        source.cancel?.(error)
        wire?.abort(error)
      }
    },

    close() {
      closed = true
      environment.clearTimer(timer)
      off()
      for (const { source } of [...places]) source.cancel?.(closedError())
      places.clear()
    },
  }
}
