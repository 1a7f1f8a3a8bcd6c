import type { Socket } from 'node:net'
import type { ServerEnvironment } from '../../ports/environment.js'

/** Which requests the broker knows (ApiVersions, version 0): it is answered to anybody, and from memory. */
const QUESTION = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff])
/** Size and number of an answer. */
const ANSWER_BYTES = 8

/**
 * Whether a broker answers at all, asked on a connection of its own: a request may be late because it waits for
 * another broker, and whatever stands behind it on the same connection waits with it. Never rejects.
 */
export function brokerAnswers(
  environment: Pick<ServerEnvironment, 'setTimer' | 'clearTimer'>,
  connect: (onConnect: () => void) => Socket,
  timeoutMs: number,
): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(() => socket.write(QUESTION))
  const timer = environment.setTimer(() => resolve(false), timeoutMs)
  let bytes = 0
  socket.on('error', () => resolve(false))
  socket.on('close', () => resolve(false))
  socket.on('data', (data: Buffer) => {
    bytes += data.length
    if (bytes >= ANSWER_BYTES) resolve(true)
  })
  return promise.finally(() => {
    environment.clearTimer(timer)
    socket.destroy()
  })
}
