import type { Handler } from './index.js'

/** Who may delete another's message is decided in the fold, by the role stamped at acceptance (R5). */
export const messageDelete: Handler<'message.delete'> = (core, connection, frame) => {
  core.commands.collect(connection, frame)
}
