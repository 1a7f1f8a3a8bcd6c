import { check } from '../../arguments.js'
import type { Connection } from '../../connection/port.js'
import type { Environment } from '../../environment/port.js'
import { MAX_TIMER_MS } from '../../limits.js'
import { createCell, type Readable } from '../readable.js'

export type OwnStatus = 'online' | 'away'

/** Calls back when somebody is there; returns the end of that, or undefined where nobody can be. */
export type WatchActivity = (active: () => void) => (() => void) | undefined

export interface OwnPresence {
  readonly status: Readable<OwnStatus>
  set(status: OwnStatus | 'auto'): void
  active(): void
  /** The server will not hear it, in this session. */
  mute(session: number): void
  close(): void
}

export const OWN_REF = 'presence own'

/**
 * What this connection says of its user: `online` to begin with, `away` when nobody was active for a
 * while, and whatever the application says. Said again on each connection, because it ends with one.
 */
export function createOwnPresence(
  connection: Connection,
  environment: Environment,
  awayAfterMs: number,
  watchActivity: WatchActivity,
): OwnPresence {
  let chosen: OwnStatus | 'auto' = 'auto'
  let isIdle = false
  let isClosed = false
  let isWatched = false
  let said: OwnStatus = 'online'
  let mutedSession = 0
  let lastActiveMs = 0
  let timer: unknown
  let endWatch: (() => void) | undefined
  const cell = createCell<OwnStatus>('online')

  const tell = (): void => {
    const status = chosen === 'auto' ? (isIdle ? 'away' : 'online') : chosen
    cell.set(status)
    if (status === said || mutedSession === connection.session) return
    if (connection.send({ type: 'presence.set', ref: OWN_REF, status })) said = status
  }

  /** One timer, however often somebody is active: it looks how long ago that was. */
  const look = (): void => {
    const restMs = lastActiveMs + awayAfterMs - environment.monotonicNow()
    timer = restMs > 0 ? environment.setTimer(look, Math.min(restMs, MAX_TIMER_MS)) : undefined
    if (restMs > 0) return
    isIdle = true
    tell()
  }

  const active = (): void => {
    lastActiveMs = environment.monotonicNow()
    if (isClosed || timer !== undefined) return
    look()
    isIdle = false
    tell()
  }

  const off = connection.on('connected', () => {
    said = 'online'
    if (!isWatched) {
      isWatched = true
      endWatch = watchActivity(active)
      if (endWatch) active()
    }
    tell()
  })

  return {
    status: cell,
    active,
    set(status) {
      const isStatus = ['online', 'away', 'auto'].includes(status)
      check('status', status, isStatus, "'online', 'away' or 'auto'")
      chosen = status
      tell()
    },
    mute(session) {
      mutedSession = session
    },
    close() {
      isClosed = true
      off()
      endWatch?.()
      environment.clearTimer(timer)
      cell.close()
    },
  }
}
