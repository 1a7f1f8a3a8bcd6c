import {
  CLOSE,
  type ClientFrame,
  type ClientFrameType,
  CODES,
  type CommandFrame,
  decode,
  type Envelope,
  type ErrorCode,
  LIMITS,
} from '@tidings/protocol'
import { parseClientFrame } from '@tidings/protocol/schemas'
import type { Connection } from './connection.js'
import type { Core } from './core.js'
import { type ErrorDetail, writeError } from './envelopes.js'
import { type Handler, handlers } from './handlers/index.js'
import { greet } from './hello.js'
import { envelopeBurst } from './options.js'
import { take } from './token-bucket.js'

/** Of frames that come before hello is answered; more close with 4008. */
const EARLY_MAX_BYTES = 4 * LIMITS.clientFrameMaxBytes

/** One text frame of a client: read, bounded, and handed envelope by envelope to the handlers. */
export function receive(
  core: Core,
  connection: Connection,
  text: string,
  byteLength: number,
): void {
  if (byteLength > LIMITS.clientFrameMaxBytes) {
    const message = `A frame has at most ${LIMITS.clientFrameMaxBytes} bytes.`
    core.connections.refuse(connection, { code: 'payload_too_large', message })
    return
  }
  if (connection.state === 'greeting' && !hasRoom(core, connection, byteLength)) return
  const decoded = decode(text)
  if (!decoded.ok) {
    core.metrics.refused(decoded.code)
    core.connections.refuse(connection, decoded)
    return
  }
  for (const envelope of decoded.envelopes) {
    // an envelope before it may have ended the connection
    switch (connection.state) {
      case 'new':
        begin(core, connection, envelope)
        break
      case 'greeting':
        wait(core, connection, envelope)
        break
      case 'live':
        dispatch(core, connection, envelope)
    }
  }
}

/** The first envelope is the hello, and nothing is served before it is answered (P-19). */
function begin(core: Core, connection: Connection, envelope: Envelope): void {
  const parsed = parseClientFrame(envelope)
  if (!parsed.ok || parsed.frame.type !== 'hello') {
    const detail = parsed.ok
      ? { code: 'invalid_frame' as const, message: 'The first envelope must be a hello.' }
      : { code: parsed.code, message: parsed.message }
    core.metrics.refused(detail.code)
    core.connections.refuse(connection, detail, CLOSE.malformed)
    return
  }
  const { frame } = parsed
  core.metrics.received(frame.type)
  connection.state = 'greeting'
  const early = connection.greeting?.early ?? []
  greet(core, connection, frame).then(
    (greeted) => {
      if (greeted) for (const waiting of early) dispatch(core, connection, waiting)
    },
    (error: unknown) => {
      core.failed(error, 'answering a hello')
      core.connections.refuse(connection, { code: 'unavailable', retryAfterMs: 1_000 })
    },
  )
}

/** What comes before the hello is answered waits, within a bound (I7). */
function wait(core: Core, connection: Connection, envelope: Envelope): void {
  const { greeting } = connection
  if (greeting === undefined) return
  if (greeting.early.length < core.options.earlyEnvelopesMax) {
    greeting.early.push(envelope)
    return
  }
  tooEarly(core, connection)
}

/** What waits is kept for who has not shown a valid token yet. */
function hasRoom(core: Core, connection: Connection, byteLength: number): boolean {
  const { greeting } = connection
  if (greeting === undefined) return true
  greeting.earlyBytes += byteLength
  if (greeting.earlyBytes <= EARLY_MAX_BYTES) return true
  tooEarly(core, connection)
  return false
}

function tooEarly(core: Core, connection: Connection): void {
  const message = 'Too much came before hello was answered.'
  core.connections.refuse(connection, { code: 'rate_limited', message, retryAfterMs: 1_000 })
}

function dispatch(core: Core, connection: Connection, envelope: Envelope): void {
  if (connection.state !== 'live') return
  const waitMs = spend(core, connection)
  if (waitMs > 0) {
    limited(core, connection, envelope, waitMs)
    return
  }
  const parsed = parseClientFrame(envelope)
  if (!parsed.ok) {
    core.metrics.received('unreadable')
    answerError(core, connection, parsed.code, { ...parsed.echo, message: parsed.message })
    return
  }
  core.metrics.received(parsed.frame.type)
  handle(core, connection, parsed.frame)
}

function handle(core: Core, connection: Connection, frame: ClientFrame): void {
  // the table has a handler of this very type; which one, only the value of `type` tells
  const handler = handlers[frame.type] as Handler<ClientFrameType>
  const broken = (error: unknown, code: ErrorCode): void => {
    core.failed(error, `answering ${frame.type}`)
    answerError(core, connection, code, { ...echoOf(frame), retryAfterMs: 1_000 })
  }
  try {
    handler(core, connection, frame)?.catch((error: unknown) => broken(error, 'unavailable'))
  } catch (error) {
    broken(error, 'internal')
  }
}

/** Milliseconds to wait, 0 when the frame rate allows it. */
function spend(core: Core, connection: Connection): number {
  const perSecond = core.options.frameRatePerS
  if (perSecond === 0) return 0
  const burst = envelopeBurst(perSecond)
  return take(connection, { perSecond, burst }, core.environment.monotonicNow(), burst)
}

/** Above the frame rate: refused one by one, until it is a flood. */
function limited(core: Core, connection: Connection, envelope: Envelope, waitMs: number): void {
  if (connection.tokens <= -envelopeBurst(core.options.frameRatePerS)) {
    const message = 'Too many frames.'
    core.connections.refuse(connection, { code: 'rate_limited', message, retryAfterMs: waitMs })
    return
  }
  const parsed = parseClientFrame(envelope)
  answerError(core, connection, 'rate_limited', {
    ...(parsed.ok ? echoOf(parsed.frame) : parsed.echo),
    retryAfterMs: waitMs,
  })
}

/** An error that answers an envelope; the connection stays. */
export function answerError(
  core: Core,
  connection: Connection,
  code: ErrorCode,
  detail: ErrorDetail,
): void {
  core.metrics.refused(code)
  connection.tell(writeError(code, { message: CODES[code].message, ...detail }))
}

/** What an error repeats of the envelope that it answers (P-10). */
export const echoOf = (frame: Partial<CommandFrame> | ClientFrame): ErrorDetail => ({
  ref: frame.ref,
  client_msg_id: 'client_msg_id' in frame ? frame.client_msg_id : undefined,
  channel_id: 'channel_id' in frame ? frame.channel_id : undefined,
})
