import { abortedError, closedError, TidingsError } from '../errors.js'
import { onAbort } from '../turn.js'
import type { Stream } from './stream.js'

/**
 * Resolves when the channel is complete up to the head that is known now, or, where none is, up to
 * the first that the server states. Rejects with `not_in_channel`, `aborted` or `closed`.
 */
export function ready(
  stream: Stream,
  isClosed: () => boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const target = stream.gate.confirmed ? stream.gate.head : undefined
    let top = target
    const end = (error?: TidingsError): void => {
      stream.watchers.delete(look)
      offAbort()
      if (error) reject(error)
      else resolve()
    }
    const look = (): void => {
      const { sync, confirmed, ahead, head = 0, position } = stream.gate
      if (signal?.aborted) end(abortedError())
      else if (isClosed()) end(closedError())
      else if (sync === 'removed') {
        end(new TidingsError('not_in_channel', 'You are not a member of this channel.'))
      } else if (confirmed && !ahead && position !== undefined) {
        top ??= head
        // A reset may have lowered the head below what it was.
        if (position >= Math.min(top, head)) end()
      }
    }
    const offAbort = onAbort(signal, look)
    stream.watchers.add(look)
    look()
  })
}
