import type { Assignment, CommandLog } from '../../src/ports/command-log.js'

export interface WrongLog {
  readonly wrap: (log: CommandLog) => CommandLog
  /** A case that must fail, by a part of its title. */
  readonly fails: RegExp
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve())
  })

/** Changes the assignments that a log hands out. */
const assignments = (change: (assignment: Assignment) => Assignment) => (log: CommandLog) => ({
  ...log,
  read: (reader: Parameters<CommandLog['read']>[0]) =>
    log.read({ run: (assignment) => reader.run(change(assignment)) }),
})

/** An assignment with some of its members replaced; the rest is the original's. */
const replaced = (assignment: Assignment, members: Partial<Assignment>): Assignment => ({
  generation: assignment.generation,
  partition: assignment.partition,
  committed: assignment.committed,
  signal: assignment.signal,
  next: (max) => assignment.next(max),
  commit: (offset) => assignment.commit(offset),
  ...members,
})

/** Each breaks one MUST of the port, and only that. */
export const WRONG_LOGS: Readonly<Record<string, WrongLog>> = {
  'turns the order of an append round': {
    wrap: (log) => ({ ...log, append: (commands) => log.append([...commands].reverse()) }),
    fails: /^keeps the order/,
  },
  'says refused where nobody knows': {
    wrap: (log) => ({
      ...log,
      append: async (commands) =>
        (await log.append(commands)).map((outcome) =>
          outcome.status === 'unknown' ? { ...outcome, status: 'refused' } : outcome,
        ),
    }),
    fails: /^answers unknown/,
  },
  'says appended where nobody knows': {
    wrap: (log) => ({
      ...log,
      append: async (commands) =>
        (await log.append(commands)).map((outcome) =>
          outcome.status === 'unknown' ? { status: 'appended' } : outcome,
        ),
    }),
    fails: /^answers unknown/,
  },
  'goes on where it was instead of where it was committed': {
    wrap: (log) => {
      const handedOut = new Map<number, number>()
      return assignments((assignment) =>
        replaced(assignment, {
          async next(max) {
            for (;;) {
              const records = await assignment.next(max)
              const from = handedOut.get(assignment.partition) ?? -1
              const fresh = records.filter((record) => record.position.offset > from)
              const last = fresh.at(-1)
              if (last !== undefined) handedOut.set(assignment.partition, last.position.offset)
              if (fresh.length > 0 || records.length === 0) return fresh
            }
          },
        }),
      )(log)
    },
    fails: /^R1: the next assignment begins at the committed offset/,
  },
  'swallows commits that it refuses': {
    wrap: assignments((assignment) =>
      replaced(assignment, {
        commit: (offset) => assignment.commit(offset).catch(() => undefined),
      }),
    ),
    fails: /^R1: a commit for an assignment that has ended rejects/,
  },
  'starts the next assignment before the last run has settled': {
    wrap: (log) => ({
      ...log,
      read: (reader) =>
        log.read({
          run: (assignment) => Promise.race([reader.run(assignment), aborted(assignment.signal)]),
        }),
    }),
    fails: /^R1: the next assignment does not begin before/,
  },
  'does not tell that the ownership is lost': {
    wrap: assignments((assignment) =>
      replaced(assignment, { signal: new AbortController().signal }),
    ),
    fails: /^R1: a lost ownership aborts the signal/,
  },
  'goes on handing out records after the ownership is lost': {
    wrap: assignments((assignment) => {
      let last: Awaited<ReturnType<Assignment['next']>> = []
      let more = 3
      return replaced(assignment, {
        async next(max) {
          const records = await assignment.next(max)
          if (records.length === 0 && more-- > 0) return last
          last = records
          return records
        },
      })
    }),
    fails: /^R1: a lost ownership/,
  },
  'partitions by something else': {
    wrap: assignments((assignment) =>
      replaced(assignment, {
        next: async (max) =>
          (await assignment.next(max)).map((record) => ({
            ...record,
            position: {
              ...record.position,
              partition: record.command.channelId.length % 3,
            },
          })),
      }),
    ),
    fails: /^R11: all commands of a channel/,
  },
  'hands out more than was asked': {
    wrap: assignments((assignment) =>
      replaced(assignment, { next: (max) => assignment.next(max * 2) }),
    ),
    fails: /^R1: hands out at most/,
  },
  'skips an offset': {
    wrap: assignments((assignment) =>
      replaced(assignment, {
        next: async (max) =>
          (await assignment.next(max)).map((record) => ({
            ...record,
            position: {
              ...record.position,
              offset: record.position.offset + (record.position.offset > 12 ? 1 : 0),
            },
          })),
      }),
    ),
    fails: /^R1: hands out at most/,
  },
  'does not say how much is waiting': {
    wrap: (log) => ({ ...log, lag: async () => new Array<number>(log.partitions).fill(0) }),
    fails: /^lag counts/,
  },
  'takes what is appended for committed': {
    wrap: (log) => ({
      ...log,
      committed: async () => {
        const lag = await log.lag()
        return (await log.committed()).map((at) => ({
          ...at,
          offset: at.offset + (lag[at.partition] ?? 0),
        }))
      },
    }),
    fails: /^R8: of each partition the log tells/,
  },
  'forgets what is committed when nobody reads': {
    wrap: (log) => {
      let readers = 0
      return {
        ...log,
        committed: async () =>
          (await log.committed()).map((at) => (readers > 0 ? at : { ...at, offset: 0 })),
        async read(reader) {
          const subscription = await log.read(reader)
          readers += 1
          return {
            async close() {
              await subscription.close()
              readers -= 1
            },
          }
        },
      }
    },
    fails: /^R8: of each partition the log tells/,
  },
  'takes commands after it was closed': {
    wrap: (log) => {
      let closed = false
      return {
        ...log,
        append: async (commands) =>
          closed ? commands.map(() => ({ status: 'appended' })) : log.append(commands),
        close: () => {
          closed = true
          return log.close()
        },
      }
    },
    fails: /^a log that closes/,
  },
  'closes a subscription without waiting for its runs': {
    wrap: (log) => ({
      ...log,
      async read(reader) {
        const subscription = await log.read(reader)
        return {
          async close() {
            subscription.close().catch(() => undefined)
          },
        }
      },
    }),
    fails: /^a subscription that closes/,
  },
}
