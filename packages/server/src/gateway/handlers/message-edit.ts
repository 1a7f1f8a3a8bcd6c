import type { Handler } from './index.js'

/** Ordered with messages, with the same idempotency; whose message it is, the fold knows (R5). */
export const messageEdit: Handler<'message.edit'> = (core, connection, frame) => {
  core.commands.collect(connection, frame)
}
