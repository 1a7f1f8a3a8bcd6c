import type { Environment } from '../../environment/port.js'
import { createCell, type Readable } from '../readable.js'
import { emptyRoster, nextOver, type Roster, stillTyping, without, withTyping } from './roster.js'
import type { Speaker } from './speaker.js'

/** Who types in one channel; the snapshot holds the ids of the others, the first to begin first. */
export interface ChannelTyping extends Readable<readonly string[]> {
  /**
   * This user types: call it at every key. Others are told at once and again every `repeatMs`, and
   * that it is over `stopAfterMs` after the last call. While offline it does nothing.
   */
  start(): void
  /** The user types no more: the field was emptied, or left. A message that is sent says it by itself. */
  stop(): void
}

export interface TypingHandle {
  readonly surface: ChannelTyping
  readonly speaker: Speaker
  heard(userId: string, isTyping: boolean): void
  /** The line was cut: nothing is known of anybody. */
  clear(): void
  close(): void
}

export function createTypingHandle(
  speaker: Speaker,
  environment: Environment,
  expiresAfterMs: number,
): TypingHandle {
  const cell = createCell<readonly string[]>([])
  let roster: Roster = emptyRoster
  let timer: unknown

  const arm = (): void => {
    environment.clearTimer(timer)
    const overAtMs = nextOver(roster)
    if (overAtMs === undefined) return
    timer = environment.setTimer(
      () => {
        put(stillTyping(roster, environment.monotonicNow()))
        arm()
      },
      Math.max(0, overAtMs - environment.monotonicNow()),
    )
  }

  const put = (next: Roster): void => {
    if (next === roster) return
    roster = next
    arm()
    const users = [...roster.keys()]
    if (users.join('\n') !== cell.getSnapshot().join('\n')) cell.set(users)
  }

  return {
    speaker,
    surface: {
      getSnapshot: cell.getSnapshot,
      subscribe: cell.subscribe,
      start: speaker.start,
      stop: speaker.stop,
    },
    heard(userId, isTyping) {
      const overAtMs = environment.monotonicNow() + expiresAfterMs
      put(isTyping ? withTyping(roster, userId, overAtMs) : without(roster, userId))
    },
    clear: () => put(emptyRoster),
    close() {
      environment.clearTimer(timer)
      speaker.forget()
      cell.close()
    },
  }
}
