import type { Break } from './break.js'

const server = 'packages/server/src'

/** Mistakes between the stream and the sockets. */
export const gatewayBreaks: readonly Break[] = [
  {
    name: 'page-off-by-one',
    what: 'a page begins one number too late (I6)',
    replacements: [
      {
        file: `${server}/stream/pages.ts`,
        find: 'Math.max((query.afterSeq ?? 0) + 1, head.oldestSeq)',
        replace: 'Math.max((query.afterSeq ?? -1) + 2, head.oldestSeq)',
      },
    ],
  },
  {
    name: 'deleted-text-in-cache',
    what: 'serves the text of a deleted message from memory (R9)',
    replacements: [
      {
        file: `${server}/gateway/tail.ts`,
        find: '    const target = this.at(affected)\n',
        replace:
          "    if (event.type === 'message.deleted') return\n    const target = this.at(affected)\n",
      },
    ],
  },
  {
    name: 'tail-with-hole',
    what: 'keeps the tail over a hole, and reads it without looking (R14)',
    seenIn: 76,
    replacements: [
      {
        file: `${server}/gateway/repair.ts`,
        find: '    channel.messageCount = head.messageCount\n    channel.tail.clear()\n',
        replace: '    channel.messageCount = head.messageCount\n',
      },
      {
        file: `${server}/gateway/tail.ts`,
        find: '    return item?.seq === seq ? item : undefined\n',
        replace: '    return item\n',
      },
    ],
  },
  {
    name: 'gateway-without-hold',
    what: 'delivers an event that stands above a hole (R12)',
    replacements: [
      {
        file: `${server}/gateway/incoming.ts`,
        find: '    if (seq > channel.lastSeq + 1) {\n      this.hold(channel, pushed)\n      return\n    }\n',
        replace: '',
      },
    ],
  },
  {
    name: 'heads-not-compared',
    what: 'nothing tells a gateway of a push that was lost (R12)',
    replacements: [
      {
        file: `${server}/fan-out/fan-out.ts`,
        find: 'if (channels.length > 0) enqueue({ channels, answers: [] })',
        replace: '',
      },
      {
        file: `${server}/gateway/heads.ts`,
        find: '      this.core.repair.adopt(channel, heads[i])\n',
        replace: '      if (heads.length < i) this.core.repair.adopt(channel, heads[i])\n',
      },
    ],
  },
  {
    name: 'ack-to-another',
    what: 'answers a command to the connection that came first (I3)',
    replacements: [
      {
        file: `${server}/gateway/incoming.ts`,
        find: '    connection.tell(writeAnswer(',
        replace:
          '    const [other = connection] = this.core.connections\n    other.tell(writeAnswer(',
      },
    ],
  },
  {
    name: 'epoch-ignored',
    what: 'does not tell a client that what it holds is void (R10)',
    replacements: [
      {
        file: `${server}/gateway/hello.ts`,
        find: '  if (last.epoch < channel.epoch) return validUpTo(channel.epochs, last.epoch)\n',
        replace: '  if (last.epoch < channel.epoch) return undefined\n',
      },
      {
        file: `${server}/gateway/handlers/backfill-request.ts`,
        find: '  if (fromSeq !== undefined) connection.tell(writeReset(channel, fromSeq))\n',
        replace: '  if (fromSeq === -1) connection.tell(writeReset(channel, fromSeq))\n',
      },
      {
        file: `${server}/gateway/repair.ts`,
        find: '    this.core.delivery.toAll(channel, writeReset(channel, fromSeq))\n',
        replace: '',
      },
    ],
  },
  {
    name: 'page-older-than-it-says',
    what: 'keeps a page although an event changed what it holds (R9, R14)',
    seenIn: 32,
    replacements: [
      {
        file: `${server}/gateway/store-pages.ts`,
        find: 'touched(channel: Channel, event: ChannelEvent): void {\n',
        replace:
          'touched(channel: Channel, event: ChannelEvent): void {\n    if (event.message_count >= 0) return\n',
      },
    ],
  },
  {
    name: 'removed-member-goes-on',
    what: 'a removed member stays among those who follow a channel (I8)',
    replacements: [
      {
        file: `${server}/gateway/membership-watch.ts`,
        find: '      channel.unfollow(connection, now)\n',
        replace: '      if (now < 0) channel.unfollow(connection, now)\n',
      },
    ],
  },
]
