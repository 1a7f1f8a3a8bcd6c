import { type CommandFrame, utf8Bytes, utf8Fits } from '@tidings/protocol'
import { type Draft, refuse, type Step } from '../draft.js'
import type { ResolvedAcceptanceOptions } from '../options.js'

/** The most that JSON makes of one UTF-16 unit: a control character as \u0001. */
const MAX_BYTES_PER_UNIT = 6
/** More than everything of a command takes that is not text, attachments or metadata. */
const ENVELOPE_MAX_BYTES = 4 * 1024

/** Above the limits in force: `msg_too_long` (I7). */
export function size(options: ResolvedAcceptanceOptions): Step {
  return {
    name: 'size',
    run(drafts) {
      for (const draft of drafts) checkSize(draft, options)
    },
  }
}

export function checkSize(draft: Draft, options: ResolvedAcceptanceOptions): void {
  const { frame } = draft
  if ('text' in frame) {
    const { textMaxUnits, textMaxBytes } = options
    if (frame.text.length > textMaxUnits || !utf8Fits(frame.text, textMaxBytes)) {
      refuse(draft, 'msg_too_long', {
        message: `text: must be at most ${textMaxUnits} UTF-16 units and ${textMaxBytes} bytes.`,
      })
      return
    }
  }
  if (!commandFits(frame, options.commandMaxBytes)) {
    refuse(draft, 'msg_too_long', {
      message: `A command has at most ${options.commandMaxBytes} bytes as JSON.`,
    })
  }
}

/** Encodes only what could be too large: most commands cannot. */
function commandFits(frame: CommandFrame, maxBytes: number): boolean {
  const plain = frame.type !== 'message.send' || !(frame.attachments || frame.metadata)
  const textUnits = 'text' in frame ? frame.text.length : 0
  if (plain && textUnits * MAX_BYTES_PER_UNIT + ENVELOPE_MAX_BYTES <= maxBytes) return true
  return utf8Bytes(JSON.stringify(frame)) <= maxBytes
}
