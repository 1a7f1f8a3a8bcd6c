import type { ClientFrame } from '@tidings/protocol'
import { utf8Bytes } from '@tidings/protocol'

export interface WriteLimits {
  readonly frameMaxBytes: number
  readonly envelopesMax: number
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
