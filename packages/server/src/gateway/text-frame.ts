import { Buffer } from 'node:buffer'
import type { OutFrame } from '../ports/socket.js'

/** FIN and the opcode of a text frame. */
const FINAL_TEXT = 0x81

/**
 * A WebSocket text frame as a server sends it (RFC 6455: unmasked, in one piece), header and payload in one
 * buffer, so that it goes out with one write to however many sockets.
 */
export function encodeTextFrame(text: string): OutFrame {
  const size = Buffer.byteLength(text)
  const headerSize = size < 126 ? 2 : size < 65_536 ? 4 : 10
  const bytes = Buffer.allocUnsafe(headerSize + size)
  bytes[0] = FINAL_TEXT
  if (headerSize === 2) {
    bytes[1] = size
  } else if (headerSize === 4) {
    bytes[1] = 126
    bytes.writeUInt16BE(size, 2)
  } else {
    bytes[1] = 127
    bytes.writeUInt32BE(Math.floor(size / 2 ** 32), 2)
    bytes.writeUInt32BE(size % 2 ** 32, 6)
  }
  bytes.write(text, headerSize)
  return { text, bytes }
}
