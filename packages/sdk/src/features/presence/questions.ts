import type { ServerFrame } from '@tidings/protocol'
import type { Connection } from '../../connection/port.js'
import type { Environment } from '../../environment/port.js'

/** A `presence.subscribe` that is asked until it is answered, the session ends, or nobody wants it. */
export interface Question {
  end(): void
}

/**
 * Asks of a channel whom the server names by itself, or the named ones. `answer` gets the users of
 * each frame in the order in which it came between the updates: a promise would come too late.
 */
export type Ask = (
  channelId: string,
  userIds: readonly string[] | undefined,
  answer: (users: readonly unknown[], isLast: boolean) => void,
) => Question

export interface Questions {
  readonly ask: Ask
  /** True if the frame was for one of them. */
  take(frame: ServerFrame): boolean
}

/** How long an answer is waited for until it is asked anew, in milliseconds. */
export const ANSWER_WITHIN_MS = 15_000
/** The least time before asking anew what was refused for now, in milliseconds; doubled each time … */
export const RETRY_AFTER_MS = 5_000
/** … up to this, in milliseconds. */
export const RETRY_AFTER_MAX_MS = 60_000

export function createQuestions(connection: Connection, environment: Environment): Questions {
  const open = new Map<
    string,
    { answer: Parameters<Ask>[2]; again(statedMs?: number): void; end(): void }
  >()
  let count = 0

  const ask: Ask = (channelId, userIds, answer) => {
    let ref = ''
    let timer: unknown
    let refusals = 0
    const end = (): void => {
      environment.clearTimer(timer)
      open.delete(ref)
    }
    const again = (statedMs = 0): void => {
      end()
      const ownMs = Math.min(RETRY_AFTER_MAX_MS, RETRY_AFTER_MS * 2 ** refusals)
      refusals += 1
      timer = environment.setTimer(say, Math.max(ownMs, statedMs))
    }
    const say = (): void => {
      end()
      ref = `presence ${++count}`
      const isSaid = connection.send({
        type: 'presence.subscribe',
        ref,
        channel_id: channelId,
        ...(userIds && { user_ids: [...userIds] }),
      })
      // Without a connection the next one asks.
      if (!isSaid && !connection.canSend) return
      if (isSaid) open.set(ref, { answer, again, end })
      timer = environment.setTimer(say, isSaid ? ANSWER_WITHIN_MS : RETRY_AFTER_MS)
    }
    say()
    return { end }
  }

  return {
    ask,
    take(frame) {
      const asked = open.get((frame as { ref?: string }).ref ?? '')
      if (!asked) return false
      if (frame.type === 'presence.snapshot') {
        if (!frame.has_more) asked.end()
        asked.answer(frame.users, !frame.has_more)
      } else if (frame.type === 'error') {
        if (frame.retryable) asked.again(frame.retry_after_ms)
        else asked.end()
      }
      return true
    },
  }
}
