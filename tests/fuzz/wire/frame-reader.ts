/** Reads the frames of a server from bytes as they come; each is looked at once. */
export class FrameReader {
  private rest: Buffer = Buffer.alloc(0)

  constructor(private readonly onFrame: (opcode: number, payload: Buffer) => void) {}

  read(bytes: Buffer): void {
    let left = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes])
    for (;;) {
      const taken = this.one(left)
      if (taken === 0) break
      left = left.subarray(taken)
    }
    this.rest = left
  }

  /** How many bytes the first frame takes; 0 when it is not all there. */
  private one(bytes: Buffer): number {
    if (bytes.length < 2) return 0
    const first = bytes.readUInt8(0)
    const second = bytes.readUInt8(1)
    if ((second & 0x80) !== 0) throw new Error('a server must not mask')
    if ((first & 0x70) !== 0) throw new Error('reserved bits are set')
    const short = second & 0x7f
    const size = short === 126 ? 2 : short === 127 ? 8 : 0
    if (bytes.length < 2 + size) return 0
    const length =
      size === 0 ? short : size === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
    const end = 2 + size + length
    if (bytes.length < end) return 0
    this.onFrame(first & 0x0f, bytes.subarray(2 + size, end))
    return end
  }
}
