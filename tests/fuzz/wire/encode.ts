import type { Random } from '../random.js'

export interface RawFrame {
  readonly payload: Buffer
  /** @default 1, text */
  readonly opcode?: number
  readonly fin?: boolean
  readonly masked?: boolean
  /** Reserved bits, 0 to 7. */
  readonly reserved?: number
  /** What the header says, where that is not the truth. */
  readonly statedLength?: number
}

/** The bytes of one WebSocket frame of a client, well made unless told otherwise. */
export function encodeFrame(frame: RawFrame, random: Random): Buffer {
  const { payload, opcode = 1, fin = true, masked = true, reserved = 0 } = frame
  const length = frame.statedLength ?? payload.length
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const bytes = Buffer.alloc(head + (masked ? 4 : 0) + payload.length)
  bytes[0] = (fin ? 0x80 : 0) | (reserved << 4) | opcode
  bytes[1] = (masked ? 0x80 : 0) | (head === 2 ? length : head === 4 ? 126 : 127)
  if (head === 4) bytes.writeUInt16BE(length, 2)
  if (head === 10) bytes.writeBigUInt64BE(BigInt(length), 2)
  payload.copy(bytes, bytes.length - payload.length)
  if (masked) {
    const mask = random.below(0x1_0000_0000)
    bytes.writeUInt32BE(mask, head)
    for (let i = 0; i < payload.length; i++) {
      const at = head + 4 + i
      bytes[at] = (bytes[at] as number) ^ ((mask >>> (24 - 8 * (i % 4))) & 0xff)
    }
  }
  return bytes
}

/** A text as so many frames, cut anywhere: inside letters too. */
export function encodePieces(text: string, count: number, random: Random): readonly Buffer[] {
  const bytes = Buffer.from(text)
  const cuts = Array.from({ length: count - 1 }, () => random.below(bytes.length + 1))
  const ends = [...cuts.sort((a, b) => a - b), bytes.length]
  return ends.map((end, i) =>
    encodeFrame(
      {
        payload: bytes.subarray(ends[i - 1] ?? 0, end),
        opcode: i === 0 ? 1 : 0,
        fin: i === ends.length - 1,
      },
      random,
    ),
  )
}
