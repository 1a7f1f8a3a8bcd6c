import type { ClientFrame } from '@tidings/protocol'
import { LIMITS } from '@tidings/protocol'

export interface WriteLimits {
  readonly frameMaxBytes: number
  readonly envelopesMax: number
}

export const DEFAULT_WRITE_LIMITS: WriteLimits = {
  frameMaxBytes: LIMITS.clientFrameMaxBytes,
  envelopesMax: LIMITS.envelopesPerFrameMax,
}

/** Size of a string in bytes of UTF-8. */
export function utf8Bytes(text: string): number {
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    // A surrogate is half of a character of four bytes.
    if (unit >= 0x80) bytes += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2
  }
  return bytes
}

/** Packs encoded envelopes, in order, into as few text frames as the limits allow. Pure. */
export function pack(
  encoded: readonly string[],
  { frameMaxBytes, envelopesMax }: WriteLimits,
): string[] {
  const frames: string[] = []
  let group: string[] = []
  let bytes = 2
  const end = (): void => {
    if (group.length > 0) frames.push(group.length === 1 ? group.join() : `[${group.join()}]`)
    group = []
    bytes = 2
  }
  for (const envelope of encoded) {
    const more = utf8Bytes(envelope) + 1
    if (group.length === envelopesMax || bytes + more > frameMaxBytes) end()
    group.push(envelope)
    bytes += more
  }
  end()
  return frames
}

/** Collects what is written in one turn and hands it over as one text frame. */
export class TurnWriter {
  #waiting: string[] = []

  constructor(
    private readonly write: (text: string) => void,
    private readonly limits: WriteLimits,
  ) {}

  add(frame: ClientFrame): void {
    if (this.#waiting.push(JSON.stringify(frame)) === 1)
      void Promise.resolve().then(() => this.flush())
  }

  flush(): void {
    for (const text of pack(this.#waiting.splice(0), this.limits)) this.write(text)
  }

  /** Forgets what was not handed over. */
  drop(): void {
    this.#waiting = []
  }
}
