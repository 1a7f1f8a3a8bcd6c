import type { Counters, Look } from './look.js'

/** One line of the table; what a role does not have is left out. */
export interface Row {
  readonly name: string
  readonly role: string
  readonly pid: number | undefined
  readonly state: string
  readonly partitions?: readonly number[]
  readonly lag?: number
  readonly connections?: number
  readonly acceptedPerS?: number
  readonly storedPerS?: number
  readonly shownPerS?: number
  readonly cpuPercent?: number
  readonly memoryBytes?: number
}

interface Who {
  readonly name: string
  readonly role: string
  readonly pid: number | undefined
}

/** What two looks at one process say together. */
export function rowOf({ name, role, pid }: Who, look: Look, before: Counters | undefined): Row {
  const row = { name, role, pid, state: look.state }
  const { counters, partitions, lag, connections, memoryBytes } = look
  if (counters === undefined) return row
  const perSecond = (of: (counted: Counters) => number): number => {
    // One that was started again counts from nothing.
    if (before === undefined || of(counters) < of(before)) return 0
    return (of(counters) - of(before)) / ((counters.atMs - before.atMs) / 1_000)
  }
  return {
    ...row,
    cpuPercent: 100 * perSecond((counted) => counted.cpuSeconds),
    memoryBytes,
    ...(role === 'gateway' && { connections, shownPerS: perSecond((counted) => counted.shown) }),
    ...(role !== 'sequencer' && { acceptedPerS: perSecond((counted) => counted.accepted) }),
    ...(role === 'sequencer' && {
      storedPerS: perSecond((counted) => counted.stored),
      partitions,
      lag: partitions.reduce((sum, partition) => sum + (lag.get(partition) ?? 0), 0),
    }),
  }
}

/** All together, and what is wrong with the whole. */
export function totalOf(rows: readonly Row[], looks: readonly Look[]): Row {
  const sum = (of: (row: Row) => number | undefined) =>
    rows.reduce((total, row) => total + (of(row) ?? 0), 0)
  const lag = looks.find((look) => look.lag.size > 0)?.lag ?? new Map<number, number>()
  const held = new Set(rows.flatMap(({ partitions = [] }) => partitions))
  const nobodys = [...lag.keys()].filter((partition) => !held.has(partition))
  const ready = rows.filter(({ state }) => state === 'ready').length
  return {
    name: 'together',
    role: '',
    pid: undefined,
    state: nobodys.length > 0 ? `nobody has ${nobodys.join(',')}` : `${ready}/${rows.length} ready`,
    partitions: [...held].sort((a, b) => a - b),
    lag: [...lag.values()].reduce((total, records) => total + records, 0),
    connections: sum(({ connections }) => connections),
    acceptedPerS: sum(({ acceptedPerS }) => acceptedPerS),
    storedPerS: sum(({ storedPerS }) => storedPerS),
    shownPerS: sum(({ shownPerS }) => shownPerS),
    cpuPercent: sum(({ cpuPercent }) => cpuPercent),
    memoryBytes: sum(({ memoryBytes }) => memoryBytes),
  }
}
