import type { Handler } from './index.js'

/** From here the command goes to acceptance, the log and the sequencer; its answer comes with the events (I1). */
export const messageSend: Handler<'message.send'> = (core, connection, frame) => {
  core.commands.collect(connection, frame)
}
