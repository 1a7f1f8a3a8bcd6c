import type { ClientFrameType } from '@tidings/protocol'
import { answerError, echoOf } from '../inbound.js'
import type { Handler } from './index.js'

/** A type of the protocol that this server does not serve, because it was made without what that needs, is answered like one that it does not know (P-7). */
export const notServed: Handler<ClientFrameType> = (core, connection, frame) => {
  answerError(core, connection, 'unknown_type', {
    ...echoOf(frame),
    message: 'type: is not served here.',
  })
}
