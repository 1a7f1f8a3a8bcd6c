import type { TimelineItem } from '../../src/timeline/echoes.js'
import type { Timeline } from '../../src/timeline/timeline.js'
import { Line } from '../channel/fake-server.js'

const inShort = (item: TimelineItem): string => {
  if (item.kind === 'gap') return `gap ${item.fromSeq}-${item.toSeq} ${item.reason}`
  const change = item.status === 'sent' && item.changing ? ' changing' : ''
  const text = item.deleted ? '(deleted)' : item.text
  return `${text}${item.status === 'sent' ? '' : ` ${item.status}`}${change}`
}

/** A timeline that somebody looks at. */
export async function look(line: Line) {
  const { timeline } = line.sync.channel('general')
  let calls = 0
  const stop = timeline.subscribe(() => {
    calls += 1
  })
  await line.advance(100)
  return {
    timeline,
    stop,
    calls: () => calls,
    shown: () => timeline.getSnapshot().items.map(inShort),
    item: (text: string) =>
      timeline.getSnapshot().items.find((item) => item.kind === 'message' && item.text === text),
  }
}

export function withMessages(count: number, isConnected = true): Line {
  const line = new Line()
  for (let i = 1; i <= count; i += 1) line.channel().append({ type: 'message.new', text: `${i}` })
  if (isConnected) line.connect()
  return line
}

/** Loads for as long as there is something to load. */
export async function loadAll(timeline: Timeline, limit: number): Promise<void> {
  for (let n = 0; timeline.getSnapshot().hasOlder; n += 1) {
    if (n > 1_000) throw new Error('there is no end of it')
    await timeline.loadOlder({ limit })
  }
}

export const target = (line: Line, seq: number) => ({
  target_seq: seq,
  target_message_id: line.channel().messages.get(seq)?.message_id ?? '',
})
