import type { ClientFrames } from '@tidings/protocol'
import { utf8Bytes } from '@tidings/protocol'
import { HELLO_CHANNELS_MAX, HELLO_MAX_BYTES } from '../limits.js'

/** How far this client has a channel: everything up to `seq` of `epoch`. */
export interface Position {
  readonly channelId: string
  readonly seq: number
  readonly epoch: number
}

export interface HelloParts {
  readonly token: string
  readonly deviceId: string
  readonly capabilities: readonly string[]
  /** Most recently used first: what does not fit is left out and learnt of as if it were new. */
  readonly positions: Iterable<Position>
}

/** The first frame, within its bounds of channels and bytes. Pure. */
export function buildHello({
  token,
  deviceId,
  capabilities,
  positions,
}: HelloParts): ClientFrames['hello'] {
  // Without a prototype: ids are opaque, and one may be `__proto__`.
  const map = Object.create(null) as Record<string, number | [number, number]>
  const hello: ClientFrames['hello'] = {
    type: 'hello',
    device_id: deviceId,
    token,
    ...(capabilities.length > 0 && { capabilities: [...capabilities] }),
    last_seq_map: map,
  }
  let bytes = utf8Bytes(JSON.stringify(hello))
  let channels = 0
  for (const { channelId, seq, epoch } of positions) {
    const last: number | [number, number] = epoch === 1 ? seq : [seq, epoch]
    bytes += utf8Bytes(JSON.stringify([channelId, last]))
    if (++channels > HELLO_CHANNELS_MAX || bytes > HELLO_MAX_BYTES) break
    map[channelId] = last
  }
  return hello
}
