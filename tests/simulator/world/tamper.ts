/** What a TCP connection never does to frames, and the gate of a client must survive all the same. */
export type Tampering = 'drop' | 'duplicate' | 'swap'

export interface Tampered {
  /** What to deliver now, in order. */
  readonly frames: readonly string[]
  /** An event to deliver behind the next frame. */
  readonly heldBack: string | undefined
  /** The wish was carried out. */
  readonly done: boolean
}

const isEvent = (envelope: unknown): boolean =>
  typeof envelope === 'object' &&
  envelope !== null &&
  'channel_seq' in envelope &&
  (envelope as { type?: unknown }).type !== 'message.ack'

/**
 * Drops, repeats or holds back one event of a frame. Everything else in it stays as it is; undefined: so does
 * all of it.
 */
export function tamper(
  text: string,
  kind: Tampering | undefined,
  heldBack: string | undefined,
): Tampered | undefined {
  const behind = heldBack === undefined ? [] : [heldBack]
  // P-29: nothing of a channel comes behind what takes it away
  const isEnd = text.includes('"type":"channel.removed"')
  if (kind === undefined || isEnd) {
    const frames = isEnd ? [...behind, text] : [text, ...behind]
    return { frames, heldBack: undefined, done: false }
  }
  const parsed: unknown = JSON.parse(text)
  const envelopes: unknown[] = Array.isArray(parsed) ? parsed : [parsed]
  const at = envelopes.findIndex(isEvent)
  if (at < 0) {
    return behind.length === 0
      ? undefined
      : { frames: [text, ...behind], heldBack: undefined, done: false }
  }
  const event = envelopes[at]
  const rest = envelopes.filter((_, i) => i !== at)
  const frame = (list: readonly unknown[]): string[] =>
    list.length === 0 ? [] : [JSON.stringify(list.length === 1 ? list[0] : list)]
  switch (kind) {
    case 'drop':
      return { frames: [...frame(rest), ...behind], heldBack: undefined, done: true }
    case 'duplicate':
      return {
        frames: [text, JSON.stringify(event), ...behind],
        heldBack: undefined,
        done: true,
      }
    case 'swap':
      return {
        frames: [...frame(rest), ...behind],
        heldBack: JSON.stringify(event),
        done: true,
      }
  }
}
