import type { PushedEvent } from '../ports/push.js'
import type { StepLog } from '../trace/steps.js'
import type { Channel } from './channel.js'

/** Tells of an event that goes to the sockets of its channel, if somebody listens. */
export function tellDelivered(
  steps: StepLog | undefined,
  channel: Channel,
  pushed: PushedEvent,
): void {
  if (!steps?.isOn()) return
  const { event, request } = pushed
  if (request === undefined) return
  steps.tell('delivered', request, {
    channel_id: channel.channelId,
    channel_seq: event.channel_seq,
    connections: channel.subscribers.size + (channel.restricted?.size ?? 0),
  })
}
