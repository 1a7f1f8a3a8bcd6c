import type { ClientFrame } from '@tidings/protocol'
import { utf8Bytes } from '@tidings/protocol'
import { atEndOfTurn } from '../turn.js'

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
export interface TurnWriter {
  add(frame: ClientFrame): void
  /** Forgets what was not handed over. */
  drop(): void
}

export function createTurnWriter(write: (text: string) => void, limits: WriteLimits): TurnWriter {
  const waiting: string[] = []
  const flush = atEndOfTurn(() => pack(waiting.splice(0), limits).forEach(write))
  return {
    add(frame) {
      waiting.push(JSON.stringify(frame))
      flush()
    },
    drop() {
      waiting.length = 0
    },
  }
}
