import { type ChannelEntry, epochOf } from '@tidings/protocol'
import { type ChannelInfo, infoOf, withHead, withRead, withReset, withSeen } from './info.js'
import type { StreamEvent } from './items.js'

/** What is known of one channel beside its messages: its entry, and what has moved its counts since. */
export interface InfoState {
  /** Undefined until an entry came. */
  readonly value: ChannelInfo | undefined
  /** What the server says of it now. */
  takeEntry(entry: ChannelEntry): void
  /** An event that came, live or in a page. */
  see(event: StreamEvent, userId: string | undefined): void
  headAt(headSeq: number, messageCount: number, oldestSeq: number | undefined): void
  /** This user has read so many messages. */
  markRead(epoch: number, messageCount: number): void
  /** Numbers above `fromSeq` are void: its head stands there now. */
  resetTo(epoch: number, fromSeq: number): void
}

/** `changed` is called with what is other than before. */
export function createInfoState(changed: (info: ChannelInfo, isFirst: boolean) => void): InfoState {
  let info: ChannelInfo | undefined
  /** So many messages of the newest epoch has this user read, whatever a server that lost their mark says. */
  let sure = { epoch: 0, count: 0 }

  const set = (next: ChannelInfo | undefined): void => {
    if (!next || JSON.stringify(next) === JSON.stringify(info)) return
    const isFirst = !info
    info = next
    changed(next, isFirst)
  }
  const noteRead = (epoch: number, count = 0): void => {
    if (epoch > sure.epoch || (epoch === sure.epoch && count > sure.count)) sure = { epoch, count }
  }

  return {
    get value() {
      return info
    },
    takeEntry(entry) {
      const epoch = epochOf(entry)
      noteRead(epoch, entry.read_message_count)
      set(infoOf(entry, epoch === sure.epoch ? sure.count : 0))
    },
    see(event, userId) {
      const { epoch, messageCount } = event
      if (event.kind === 'message' && event.userId === userId) noteRead(epoch, messageCount)
      set(info && withSeen(info, event, userId))
    },
    headAt: (headSeq, messageCount, oldestSeq) =>
      set(info && withHead(info, headSeq, messageCount, oldestSeq)),
    markRead(epoch, messageCount) {
      noteRead(epoch, messageCount)
      set(info && withRead(info, messageCount))
    },
    resetTo(epoch, fromSeq) {
      if (epoch === sure.epoch) sure = { epoch, count: Math.min(sure.count, fromSeq) }
      set(info && withReset(info, fromSeq))
    },
  }
}
