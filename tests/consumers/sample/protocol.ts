import { type ClientFrame, CODES, decode, isErrorCode, LIMITS } from '@tidings/protocol'
import { parseClientFrame } from '@tidings/protocol/schemas'

export const frameTypes: ClientFrame['type'][] = ['message.send']

export function read(text: string): readonly string[] {
  const decoded = decode(text, { maxBytes: LIMITS.clientFrameMaxBytes })
  if (!decoded.ok) return [isErrorCode(decoded.code) ? decoded.code : 'unknown', decoded.message]
  return decoded.envelopes.map(({ type }) => type)
}

export const parts = [CODES, parseClientFrame]
