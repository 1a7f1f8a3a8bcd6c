import type { TimelineItem } from '../../src/timeline/echoes.js'
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

export function withMessages(count: number): Line {
  const line = new Line()
  for (let i = 1; i <= count; i += 1) line.channel().append({ type: 'message.new', text: `${i}` })
  line.connect()
  return line
}

export const target = (line: Line, seq: number) => ({
  target_seq: seq,
  target_message_id: line.channel().messages.get(seq)?.message_id ?? '',
})
