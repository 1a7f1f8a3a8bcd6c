import type { Break } from './break.js'

const gateway = 'packages/server/src/gateway'

/** Mistakes in what is beside messages, and in channels whose members pull. */
export const besideBreaks: readonly Break[] = [
  {
    name: 'receipt-before-store',
    what: 'tells of a watermark before it is stored (P-92)',
    replacements: [
      {
        file: `${gateway}/receipts.ts`,
        find: '      await receipts.raise(risen',
        replace: '      void receipts.raise(risen',
      },
    ],
  },
  {
    name: 'receipts-lost-in-trouble',
    what: 'forgets watermarks that could not be stored at once (P-91)',
    replacements: [
      {
        file: `${gateway}/receipts.ts`,
        find: '{ user, channel, kind, epoch, seq } of waiting.values()) {',
        replace:
          '{ user, channel, kind, epoch, seq } of [...waiting.values()].slice(waiting.size)) {',
      },
    ],
  },
  {
    name: 'history-below-unread',
    what: 'counts as unread what lies below where a history begins (P-93)',
    replacements: [
      {
        file: `${gateway}/entries.ts`,
        find: 'Math.max(read?.messageCount ?? 0, below)',
        replace: '(read?.messageCount ?? 0)',
      },
    ],
  },
  {
    name: 'presence-to-everybody',
    what: 'tells presence to who did not ask for it (P-99)',
    replacements: [
      {
        file: `${gateway}/ephemeral-in.ts`,
        find: "this.tell('presence', channel.watchers, {",
        replace: "this.tell('presence', channel.followers(), {",
      },
    ],
  },
  {
    name: 'gone-and-online',
    what: 'does not notice that the last connection of a user has ended (P-98)',
    replacements: [
      {
        file: `${gateway}/connections.ts`,
        find: '    this.core.users.release(connection)\n    this.core.presence.changed(connection.user)\n',
        replace: '    this.core.users.release(connection)\n',
      },
    ],
  },
  {
    name: 'typing-not-left-out',
    what: 'tells a slow reader who types (P-101)',
    replacements: [
      {
        file: `${gateway}/ephemeral-in.ts`,
        find: 'if (connection.behind !== undefined || connection.isAbove(limit)) left++',
        replace: 'if (limit < 0) left++',
      },
    ],
  },
  {
    name: 'live-above-a-hole',
    what: 'goes over from heads to events where the last head was not told (P-33, P-51)',
    seenIn: 283,
    replacements: [
      {
        file: `${gateway}/pulled.ts`,
        find: '    else if (!pulling.isMoved) this.end(channel, pulling)\n',
        replace: '    else this.end(channel, pulling)\n',
      },
    ],
  },
  {
    name: 'head-told-once',
    what: 'tells where members pull that there is something, and never again (P-33)',
    replacements: [
      {
        file: `${gateway}/pulled.ts`,
        find: '    pulling.isMoved = false\n',
        replace: '',
      },
    ],
  },
]
