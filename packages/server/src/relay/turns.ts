import type { Directory } from '../ports/directory.js'

/** Channels that are read at once. */
const PAGE = 100
/** Channels that have their turn at the same time (I7). */
export const TURNS_MAX = 1_000
/** Channels that were asked for and wait for their turn; who is not heard asks again (I7). */
const ASKED_MAX = 10_000

export interface TurnsOptions {
  readonly directory: Pick<Directory, 'outboxChannels'>
  /** Whether this process brings entries now. */
  readonly working: () => boolean
  /** Brings what waits in one channel; must not reject. */
  readonly turn: (channelId: string) => Promise<void>
  readonly onError?: ((error: unknown) => void) | undefined
}

export interface Turns {
  /** Gives a turn to every channel that has entries, as far as there is room. */
  look(): Promise<void>
  /** This channel too, at the next look, whether it has entries or not. */
  ask(channelId: string): void
  /** Resolves when the turns that run have ended. */
  ended(): Promise<void>
}

/**
 * Gives the channels that have entries their turns, many at once, of each channel one at a time (R15). A turn that
 * lasts holds back no other channel. Where more of them last than there is room for, the channels come round: each
 * look goes on behind the channel that had the last turn.
 */
export function createTurns({ directory, working, turn, onError }: TurnsOptions): Turns {
  const running = new Map<string, Promise<void>>()
  const asked = new Set<string>()
  let after: string | undefined
  let askedFirst = false
  let looking = false
  let lookAgain = false

  const hasRoom = () => working() && running.size < TURNS_MAX

  function start(channelId: string): void {
    if (running.has(channelId)) return
    const run = turn(channelId).then(() => {
      running.delete(channelId)
      // more may have come for this channel, or others waited for room
      void look()
    })
    running.set(channelId, run)
  }

  function startAsked(): void {
    for (const channelId of asked) {
      if (!hasRoom()) return
      asked.delete(channelId)
      start(channelId)
    }
  }

  /** Once round, from where the last one ended for want of room. */
  async function startWaiting(): Promise<void> {
    let fromBeginning = after === undefined
    while (hasRoom()) {
      const page = await directory.outboxChannels({ limit: PAGE, ...(after && { after }) })
      for (const channelId of page) {
        if (!hasRoom()) return
        start(channelId)
        after = channelId
      }
      if (page.length === PAGE) continue
      after = undefined
      if (fromBeginning) return
      fromBeginning = true
    }
  }

  async function look(): Promise<void> {
    if (looking) {
      lookAgain = true
      return
    }
    looking = true
    try {
      do {
        lookAgain = false
        // neither may take all the room from the other for ever
        askedFirst = !askedFirst
        if (askedFirst) startAsked()
        await startWaiting()
        startAsked()
      } while (lookAgain && working())
    } catch (error) {
      onError?.(error)
    } finally {
      looking = false
    }
  }

  return {
    look,
    ask(channelId) {
      if (asked.size < ASKED_MAX) asked.add(channelId)
    },
    async ended() {
      await Promise.all(running.values())
    },
  }
}
