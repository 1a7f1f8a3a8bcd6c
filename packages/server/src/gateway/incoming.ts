import type { Answer, ChannelPush, PushBatch, PushedEvent } from '../ports/push.js'
import { tellAnswered } from '../trace/pushes.js'
import type { Channel } from './channel.js'
import type { Core } from './core.js'
import { writeAnswer } from './envelopes.js'
import { tellDelivered } from './tell.js'

/**
 * What comes from the sequencer. R12: per channel and epoch the next number is delivered, a lower one dropped, a
 * higher one held while what is missing is read.
 */
export class Incoming {
  constructor(private readonly core: Core) {}

  receive(batch: PushBatch): void {
    for (const push of batch.channels) this.push(push)
    for (const answer of batch.answers) this.answer(answer)
    if (batch.ephemeral !== undefined) this.core.ephemeral.receive(batch.ephemeral)
  }

  private push(push: ChannelPush): void {
    const channel = this.core.channels.get(push.channelId)
    if (channel === undefined) {
      this.join(push)
      return
    }
    if (channel.status === 'opening') {
      // who joins may not be among those for whom it is being opened
      this.join(push)
      channel.wait(push)
      return
    }
    this.take(channel, push)
  }

  /** Takes over a push of an open channel. */
  take(channel: Channel, push: ChannelPush): void {
    if (push.epoch < channel.epoch) return
    if (push.epoch > channel.epoch) {
      void this.core.repair.resync(channel)
      return
    }
    if (push.oldestSeq > channel.oldestSeq) this.raiseOldest(channel, push.oldestSeq)
    for (const pushed of push.events) this.offer(channel, pushed)
    this.core.repair.heard(channel, push.headSeq)
  }

  /** The next number, a repeat, or one above a hole. */
  offer(channel: Channel, pushed: PushedEvent): void {
    const seq = pushed.event.channel_seq
    if (seq <= channel.lastSeq) return
    if (seq > channel.lastSeq + 1) {
      this.hold(channel, pushed)
      return
    }
    this.next(channel, pushed)
    if (channel.held !== undefined) this.release(channel)
  }

  raiseOldest(channel: Channel, oldestSeq: number): void {
    this.core.delivery.flushChannel(channel)
    channel.oldestSeq = oldestSeq
    channel.tail.clear()
    this.core.pages.forgetAll(channel)
  }

  private next(channel: Channel, pushed: PushedEvent): void {
    const { event, json } = pushed
    this.core.pulled.before(channel)
    channel.lastSeq = event.channel_seq
    channel.messageCount = event.message_count
    channel.tail.append(event, json)
    this.core.channels.weigh(channel)
    this.core.pages.touched(channel, event)
    this.core.delivery.collect(channel, pushed)
    tellDelivered(this.core.parts.steps, channel, pushed)
    switch (event.type) {
      case 'message.new':
        this.core.receipts.sent(channel, event)
        return
      case 'member.joined':
        channel.memberCount++
        this.core.memberships.event(channel, event)
        return
      case 'member.left':
        channel.memberCount--
        this.core.memberships.event(channel, event)
        return
      case 'channel.updated':
        this.core.memberships.event(channel, event)
    }
  }

  private hold(channel: Channel, pushed: PushedEvent): void {
    channel.knownHead = Math.max(channel.knownHead, pushed.event.channel_seq)
    if (channel.held === undefined) channel.held = new Map()
    // at the bound the newest is dropped: its number is known, and the store has it (I7)
    if (channel.held.size < this.core.options.holdMaxEvents) {
      channel.held.set(pushed.event.channel_seq, pushed)
    }
    this.core.repair.heard(channel, channel.knownHead)
  }

  private release(channel: Channel): void {
    const { held } = channel
    if (held === undefined) return
    for (;;) {
      const pushed = held.get(channel.lastSeq + 1)
      if (pushed === undefined) break
      held.delete(pushed.event.channel_seq)
      this.next(channel, pushed)
    }
    for (const seq of held.keys()) if (seq <= channel.lastSeq) held.delete(seq)
    if (held.size === 0) channel.held = undefined
  }

  /** A channel that is not followed here may become so: one of our users joins it. */
  private join(push: ChannelPush): void {
    for (const { event } of push.events) {
      if (event.type === 'member.joined') {
        this.core.memberships.numbered(event.channel_id, event.user_id)
      }
    }
  }

  private answer(answer: Answer): void {
    const { replyTo } = answer.origin
    const at = replyTo.lastIndexOf('/')
    const connection = this.core.connections.get(replyTo.slice(0, at))
    const number = Number(replyTo.slice(at + 1))
    const ref = connection?.unanswered?.get(number)
    // what is folded again is answered again (R2): the connection gets it once
    if (connection === undefined || ref === undefined || !connection.unanswered?.delete(number)) {
      this.core.metrics.answerUnclaimed()
      return
    }
    connection.tell(writeAnswer(answer, ref === '' ? undefined : ref))
    tellAnswered(this.core.parts.steps, answer)
  }
}
