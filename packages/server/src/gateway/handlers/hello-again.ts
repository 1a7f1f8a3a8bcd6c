import { answerError, echoOf } from '../inbound.js'
import type { Handler } from './index.js'

/** A session is greeted once. */
export const helloAgain: Handler<'hello'> = (core, connection, frame) => {
  answerError(core, connection, 'invalid_frame', {
    ...echoOf(frame),
    message: 'hello: was answered already; connect again for a new session.',
  })
}
