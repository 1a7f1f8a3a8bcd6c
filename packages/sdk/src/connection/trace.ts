/** One line of the flight recorder. Holds no text, no token and no name: safe to attach to a report. */
export interface TraceEntry {
  /** By the monotonic clock, in milliseconds. */
  readonly atMs: number
  /** `in` and `out` are envelopes, `state` a transition of the connection. */
  readonly what: 'in' | 'out' | 'state'
  /** The envelope's type, or the state's name. */
  readonly type: string
  readonly channelId?: string | undefined
  readonly seq?: number | undefined
  readonly ref?: string | undefined
  readonly code?: string | undefined
}

/** Most entries kept; the oldest go first (I7). */
export const TRACE_MAX = 256

/** A bounded ring of what happened last. */
export interface Trace {
  add(entry: TraceEntry): void
  /** An envelope, reduced to what names it. */
  frame(atMs: number, what: 'in' | 'out', frame: object): void
  /** Oldest first. */
  entries(): readonly TraceEntry[]
}

export function createTrace(): Trace {
  const entries: TraceEntry[] = []
  const add = (entry: TraceEntry): void => {
    if (entries.push(entry) > TRACE_MAX) entries.shift()
  }
  return {
    add,
    frame(atMs, what, frame) {
      const { type, channel_id, channel_seq, ref, code } = frame as Readonly<Record<string, never>>
      add({ atMs, what, type: type ?? '', channelId: channel_id, seq: channel_seq, ref, code })
    },
    entries: () => [...entries],
  }
}
