import type { Break } from './break.js'

const sdk = 'packages/sdk/src'

/** Mistakes in the SDK. */
export const clientBreaks: readonly Break[] = [
  {
    name: 'gate-without-hold',
    what: 'tells of an event that stands above a hole (I9)',
    replacements: [
      {
        file: `${sdk}/gate/gate.ts`,
        find: 'if (epoch === s.epoch && channelSeq === s.position + 1) emit(turn, event)',
        replace: 'if (epoch === s.epoch && channelSeq > s.position) emit(turn, event)',
      },
    ],
  },
  {
    name: 'gap-off-by-one',
    what: 'asks for what is missing from one number too late (I9)',
    replacements: [
      {
        file: `${sdk}/channel/asking.ts`,
        find: 'after_seq: ask.after,',
        replace: 'after_seq: ask.after + 1,',
      },
    ],
  },
  {
    name: 'older-epoch-taken',
    what: 'goes on from its position when numbering started anew (R10)',
    replacements: [
      {
        file: `${sdk}/gate/gate.ts`,
        find: '  s.position = Math.min(s.position, fromSeq)\n',
        replace: '',
      },
    ],
  },
  {
    name: 'folded-twice',
    what: 'folds into a message what it holds already (R14)',
    replacements: [
      {
        file: `${sdk}/timeline/fold.ts`,
        find: 'if (rev <= message.rev || message.deleted',
        replace: 'if (message.deleted',
      },
    ],
  },
  {
    name: 'outbox-of-two-tabs',
    what: 'sends the rows of a tab that lives (I9)',
    replacements: [
      {
        file: `${sdk}/tabs/claim.ts`,
        find: '    if (release === undefined) continue\n',
        replace: '',
      },
      {
        file: `${sdk}/tabs/claim.ts`,
        find: '    } finally {\n      release()\n    }\n',
        replace: '    } finally {\n      release?.()\n    }\n',
      },
    ],
  },
  {
    name: 'new-id-on-retry',
    what: 'a repeat goes under an id of its own (I3)',
    replacements: [
      {
        file: `${sdk}/outbox/sender.ts`,
        find: 'connection.send(frameOf(row))',
        replace:
          'connection.send(isSeen(row.id) ? { ...frameOf(row), client_msg_id: `${row.id}x` } : frameOf(row))',
      },
      {
        file: `${sdk}/outbox/sender.ts`,
        find: 'const WRITE_AGAIN_MS',
        replace:
          'const seen = new Set<string>()\nconst isSeen = (id: string) => seen.size === seen.add(id).size\nconst WRITE_AGAIN_MS',
      },
    ],
  },
  {
    name: 'wire-before-storage',
    what: 'writes a command before it is stored (P-82)',
    replacements: [
      {
        file: `${sdk}/outbox/plan.ts`,
        find: '    if (needsDisk && entry.stored !== row) lane.held = true\n',
        replace: '',
      },
    ],
  },
  {
    name: 'no-second-try',
    what: 'waits for an answer that was lost for ever (I9)',
    replacements: [
      {
        file: `${sdk}/outbox/plan.ts`,
        find: 'const dueAt = wireAt + ANSWER_TIMEOUT_MS\n',
        replace: 'const dueAt = wireAt + 1e9 + ANSWER_TIMEOUT_MS\n',
      },
    ],
  },
  {
    name: 'timer-after-close',
    what: 'leaves the timer of its heartbeat behind (I9)',
    replacements: [
      {
        file: `${sdk}/connection/connection.ts`,
        find: '      mine.stop()\n',
        replace: '',
      },
    ],
  },
  {
    name: 'lock-after-close',
    what: 'keeps its lock when it is closed (I9)',
    replacements: [
      {
        file: `${sdk}/tabs/shared-rows.ts`,
        find: '      release()\n    },',
        replace: '    },',
      },
    ],
  },
  {
    name: 'not-in-order',
    what: 'sends the next command before the one before it is answered (P-81)',
    replacements: [
      {
        file: `${sdk}/outbox/plan.ts`,
        find: 'const isNext = lane.unanswered >= pipeline\n',
        replace: 'const isNext = lane.unanswered >= pipeline + 50\n',
      },
    ],
  },
  {
    name: 'added-by-its-frame-alone',
    what: 'does not tell of a channel that an answer was the first to name (P-29)',
    seenIn: 48,
    replacements: [
      {
        file: `${sdk}/channel/sync.ts`,
        find: '    entries: (frame) => takeEntries(frame, true),\n',
        replace: '    entries: (frame) => takeEntries(frame, false),\n',
      },
    ],
  },
  {
    name: 'read-after-removed',
    what: 'tells of a channel again that the user was taken out of (P-29)',
    replacements: [
      {
        file: `${sdk}/features/receipts/index.ts`,
        find: "    if (client.channel(channelId).state === 'removed') return\n",
        replace: '',
      },
      {
        file: `${sdk}/channel/sync.ts`,
        find: 'if (entry && !entry.gone) emitter',
        replace: 'if (entry) emitter',
      },
    ],
  },
]
