import type { Break } from './break.js'

const server = 'packages/server/src'

/** Mistakes between acceptance and the store. */
export const pipelineBreaks: readonly Break[] = [
  {
    name: 'ack-before-store',
    what: 'acknowledges and pushes before the write is durable (I1, R7)',
    replacements: [
      {
        file: `${server}/sequencer/assignment.ts`,
        find: 'await this.#write(folded.store, first)\n',
        replace:
          'this.options.announcer.announce(folded.announcement)\n    await this.#write(folded.store, first)\n',
      },
      {
        file: `${server}/sequencer/assignment.ts`,
        find: 'await this.#write({ ...folded.store, unknown }, first)\n',
        replace:
          'this.options.announcer.announce(folded.announcement)\n      await this.#write({ ...folded.store, unknown }, first)\n',
      },
    ],
  },
  {
    name: 'id-row-first',
    what: 'writes the idempotency row before the event, and takes any row for a repeat (R4, R7)',
    replacements: [
      {
        file: `${server}/stream/write-steps.ts`,
        find: "  for (const row of batch.ids) steps.push({ step: 'id', row })\n",
        replace: '',
      },
      {
        file: `${server}/stream/write-steps.ts`,
        find: '  const effects = batch.runs.map(effectsOf)\n',
        replace:
          "  for (const row of batch.ids) steps.push({ step: 'id', row })\n  const effects = batch.runs.map(effectsOf)\n",
      },
      {
        file: `${server}/adapters/memory/store-tables.ts`,
        find: 'comparePositions(row.position, below) < 0)\n',
        replace: 'comparePositions(row.position, below) < 1e9)\n',
      },
      {
        file: `${server}/sequencer/repeats.ts`,
        find: 'known === undefined || comparePositions(known.position, record.position) >= 0',
        replace: 'known === undefined',
      },
    ],
  },
  {
    name: 'unknown-ids-not-checked',
    what: 'takes every id for unknown without looking (I3, R4)',
    replacements: [
      {
        file: `${server}/adapters/memory/message-store.ts`,
        find: 'ids.some((id) => tables.idBelow(id, below) !== undefined)',
        replace: 'ids.length < 0',
      },
    ],
  },
  {
    name: 'folded-in-vain-kept',
    what: 'keeps what a batch did whose ids turned out to be known (I2, R4)',
    seenIn: 68,
    replacements: [
      {
        file: `${server}/sequencer/assignment.ts`,
        find: '      this.#memory.undo(saved, first.offset)\n',
        replace: '',
      },
    ],
  },
  {
    name: 'repeat-not-recognised',
    what: 'numbers a repeat as if it were new (I3, R4)',
    replacements: [
      {
        file: `${server}/sequencer/repeats.ts`,
        find: '  const { result } = known\n',
        replace:
          "  const { result } = known\n  if (result.status === 'accepted') return undefined\n",
      },
    ],
  },
  {
    name: 'renumber-after-crash',
    what: 'begins behind the highest stored row instead of the last one below the committed offset (R2)',
    replacements: [
      {
        file: `${server}/adapters/memory/store-load.ts`,
        find: '    last = bucket.lastBelow(below)\n',
        replace: '    last = bucket.rows.at(-1)\n',
      },
    ],
  },
  {
    name: 'memory-outlives-assignment',
    what: 'goes on from what an earlier assignment knew (R1)',
    replacements: [
      {
        file: `${server}/sequencer/assignment.ts`,
        find: 'class Reading {\n',
        replace: 'const kept = new Map<number, AssignmentMemory>()\n\nclass Reading {\n',
      },
      {
        file: `${server}/sequencer/assignment.ts`,
        find: '    this.#memory = new AssignmentMemory(holdsIds ? new HeldIds() : undefined)\n',
        replace:
          '    const { generation } = assignment\n    this.#memory = kept.get(generation) ?? new AssignmentMemory(holdsIds ? new HeldIds() : undefined)\n    kept.set(generation, this.#memory)\n',
      },
    ],
  },
  {
    name: 'written-ids-not-held',
    what: 'holds windows of ids as they were read, without what it has written since (I3, R4)',
    replacements: [
      {
        file: `${server}/sequencer/memory.ts`,
        find: '    this.heldIds?.add(idRow)\n',
        replace: '',
      },
    ],
  },
  {
    name: 'read-ids-not-held',
    what: 'takes windows of ids for empty when it meets them first (I3, R4)',
    replacements: [
      {
        file: `${server}/sequencer/load.ts`,
        find: '.install(window, result.windows?.[i])\n',
        replace: '.install(window, result.windows?.[i] && [])\n',
      },
    ],
  },
  {
    name: 'transaction-without-check',
    what: 'a transaction does not look whether another owner wrote meanwhile (R6, R10)',
    replacements: [
      {
        file: `${server}/adapters/memory/message-store.ts`,
        find: '    if (!isExpected(tables, run)) {\n',
        replace: '    if (!isExpected(tables, run) && generation === -1) {\n',
      },
      {
        file: `${server}/adapters/memory/message-store.ts`,
        find: 'if (generation !== undefined && batch.generation !== tables.ownerGeneration) {',
        replace: 'if (generation === -1) {',
      },
    ],
  },
  {
    name: 'late-writer-wins',
    what: 'whatever is written last wins, not what has the higher position (I5)',
    replacements: [
      {
        file: `${server}/adapters/memory/store-bucket.ts`,
        find: '    if (index < 0) effects.push(effect)\n',
        replace:
          '    const there = effects.findIndex((other) => comparePositions(other.position, effect.position) === 0)\n    if (there >= 0) effects.splice(there, 1)\n    effects.push(effect)\n    if (effects.length > 0) return\n    if (index < 0) effects.push(effect)\n',
      },
      {
        file: `${server}/stream/serve.ts`,
        find: '    .sort((a, b) => comparePositions(a.position, b.position))\n',
        replace: '',
      },
    ],
  },
  {
    name: 'rows-out-of-order',
    what: 'writes a batch from its end (I4, R6, R7)',
    seenIn: 510,
    replacements: [
      {
        file: `${server}/stream/write-steps.ts`,
        find: "  for (const { channelId, state } of batch.runs) steps.push({ step: 'state', channelId, state })\n  return steps\n",
        replace:
          "  for (const { channelId, state } of batch.runs) steps.push({ step: 'state', channelId, state })\n  return steps.reverse()\n",
      },
    ],
  },
  {
    name: 'edit-of-deleted',
    what: 'accepts the edit of a message that is deleted (R5)',
    replacements: [
      {
        file: `${server}/sequencer/decide.ts`,
        find: '  if (found.target.userId !== userId) return NOT_THE_AUTHOR\n  if (found.deleted) return DELETED\n',
        replace: '  if (found.target.userId !== userId) return NOT_THE_AUTHOR\n',
      },
    ],
  },
  {
    name: 'relay-out-of-order',
    what: 'brings changes of the directory into the stream last in, first out (R15)',
    replacements: [
      {
        file: `${server}/relay/relay.ts`,
        find: '    for (const entry of entries) {\n      const result = working()',
        replace:
          '    for (const entry of [...entries].reverse()) {\n      const result = working()',
      },
    ],
  },
  {
    name: 'relay-forgets',
    what: 'calls a change of the directory done before it stands in the stream (R15)',
    replacements: [
      {
        file: `${server}/relay/relay.ts`,
        find: '      const result = working() ? await',
        replace:
          '      await directory.outboxDone([entry.entryId])\n      const result = working() ? await',
      },
    ],
  },
  {
    name: 'removal-not-confirmed',
    what: 'acknowledges a removal before the gateways have passed its number (I8, R13)',
    replacements: [
      {
        file: `${server}/membership/changes.ts`,
        find: '    await confirmRemovals(bus, numbered.flat())\n',
        replace: '    void confirmRemovals(bus, numbered.flat())\n',
      },
    ],
  },
  {
    name: 'membership-cached-for-ever',
    what: 'does not drop a cached membership when it changes (I8)',
    replacements: [
      {
        file: `${server}/membership/membership-cache.ts`,
        find: '        cached.delete(key)\n        const running',
        replace: '        const running',
      },
    ],
  },
]
