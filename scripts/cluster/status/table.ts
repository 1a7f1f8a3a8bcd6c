import type { Row } from './rows.js'

interface Column {
  readonly title: string
  readonly left?: true
  readonly of: (row: Row) => string
}

const whole = (value: number | undefined): string =>
  value === undefined ? '' : Math.round(value).toString()
/** Few messages a second are told apart. */
const rate = (value: number | undefined): string =>
  value === undefined ? '' : value > 0 && value < 10 ? value.toFixed(1) : whole(value)

const columns: readonly Column[] = [
  { title: 'PROCESS', left: true, of: ({ name }) => name },
  { title: 'PID', of: ({ pid }) => whole(pid) },
  { title: 'STATE', left: true, of: ({ state }) => state },
  { title: 'PARTITIONS', left: true, of: ({ partitions = [] }) => ranges(partitions) },
  { title: 'LAG', of: ({ lag }) => whole(lag) },
  { title: 'CONN', of: ({ connections }) => whole(connections) },
  { title: 'ACCEPTED/S', of: ({ acceptedPerS }) => rate(acceptedPerS) },
  { title: 'STORED/S', of: ({ storedPerS }) => rate(storedPerS) },
  { title: 'SHOWN/S', of: ({ shownPerS }) => rate(shownPerS) },
  { title: 'CPU %', of: ({ cpuPercent }) => whole(cpuPercent) },
  {
    title: 'MIB',
    of: ({ memoryBytes }) => whole(memoryBytes === undefined ? undefined : memoryBytes / 2 ** 20),
  },
]

/** `0-2,5` */
export function ranges(numbers: readonly number[]): string {
  const parts: [number, number][] = []
  for (const number of numbers) {
    const last = parts.at(-1)
    if (last !== undefined && last[1] === number - 1) last[1] = number
    else parts.push([number, number])
  }
  return parts.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',')
}

/** Lines of one width each column, none wider than `width`. */
export function tableOf(rows: readonly Row[], width: number): readonly string[] {
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map((c) => c.of(row))),
  ]
  const widths = columns.map((_, index) =>
    Math.max(...cells.map((line) => line[index]?.length ?? 0)),
  )
  return cells.map((line) =>
    line
      .map((cell, index) =>
        columns[index]?.left ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0),
      )
      .join('  ')
      .trimEnd()
      .slice(0, width),
  )
}

/** One process in words, for where there is no table. */
export const lineOf = ({ name, pid, state, partitions }: Row): string =>
  [
    name,
    pid === undefined ? '' : ` (${pid})`,
    `: ${state}`,
    partitions === undefined || name === 'together'
      ? ''
      : `, partitions ${ranges(partitions) || 'none'}`,
  ].join('')

/** The whole in words. */
export const summaryOf = (total: Row): string =>
  `${total.state}, lag ${whole(total.lag)}, ${whole(total.connections)} connections, a second: ` +
  `${rate(total.acceptedPerS)} accepted, ${rate(total.storedPerS)} stored, ${rate(total.shownPerS)} shown`
