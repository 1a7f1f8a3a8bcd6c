import type { ChannelEvent } from '@tidings/protocol'

/**
 * An event as a reader sees it whose history begins at `oldestSeq`: what changes a message below that is
 * hidden, because its content would tell of something that is not this reader's (I8).
 */
export function visibleEvent(event: ChannelEvent, oldestSeq: number): ChannelEvent {
  return 'target_seq' in event && event.target_seq < oldestSeq ? hiddenForm(event) : event
}

/** The form, made once, of an event whose target a reader may not see. */
export function hiddenForm(event: ChannelEvent): ChannelEvent {
  return {
    type: 'event.hidden',
    channel_id: event.channel_id,
    channel_seq: event.channel_seq,
    ...(event.epoch !== undefined && { epoch: event.epoch }),
    message_count: event.message_count,
  }
}
