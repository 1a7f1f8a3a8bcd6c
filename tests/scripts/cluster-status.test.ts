import { describe, expect, it } from 'vitest'
import type { ClusterProcess } from '../../scripts/cluster/index.js'
import { readExposition, sumOf } from '../../scripts/cluster/status/exposition.js'
import type { Counters, Look } from '../../scripts/cluster/status/look.js'
import { rowOf, totalOf } from '../../scripts/cluster/status/rows.js'
import { showStatus } from '../../scripts/cluster/status/show.js'
import { ranges, tableOf } from '../../scripts/cluster/status/table.js'
import { until } from '../services/support/until.js'

const counters = (atMs: number, more: Partial<Counters> = {}): Counters => ({
  atMs,
  accepted: 0,
  stored: 0,
  shown: 0,
  cpuSeconds: 0,
  ...more,
})
const look = (more: Partial<Look>): Look => ({
  state: 'ready',
  partitions: [],
  lag: new Map(),
  connections: 0,
  memoryBytes: 0,
  counters: counters(2_000),
  ...more,
})
const who = (role: string) => ({ name: `${role}-1`, role, pid: 7 })

describe('what a process counts', () => {
  it('is read with its labels, whatever stands in them', () => {
    const samples = readExposition(
      '# HELP a_total What\na_total{code="x\\"}",of="y"} 2\na_total{code="z"} 3.5\nb 1e3\n\n',
    )
    expect(samples).toHaveLength(3)
    expect(sumOf(samples, 'a_total')).toBe(5.5)
    expect(sumOf(samples, 'a_total', { code: 'z' })).toBe(3.5)
    expect(sumOf(samples, 'b')).toBe(1000)
    expect(sumOf(samples, 'nothing')).toBe(0)
  })
})

describe('a line of the table', () => {
  it('shows rates between two looks', () => {
    const seen = look({ counters: counters(3_000, { shown: 40, accepted: 14 }), connections: 3 })
    const row = rowOf(who('gateway'), seen, counters(1_000, { shown: 20, accepted: 10 }))
    expect(row).toMatchObject({ shownPerS: 10, acceptedPerS: 2, connections: 3 })
  })

  it('shows no rate of a process that counts from nothing again', () => {
    const seen = look({ counters: counters(3_000, { stored: 5 }) })
    expect(rowOf(who('sequencer'), seen, counters(1_000, { stored: 900 })).storedPerS).toBe(0)
    expect(rowOf(who('sequencer'), seen, undefined).storedPerS).toBe(0)
  })

  it('shows the lag of the partitions that a sequencer has, and no others', () => {
    const lag = new Map([
      [0, 3],
      [1, 4],
      [2, 100],
    ])
    expect(rowOf(who('sequencer'), look({ partitions: [0, 1], lag }), undefined).lag).toBe(7)
  })

  it('leaves out what a process that does not answer cannot say', () => {
    const gone = look({ state: 'ended: SIGKILL', counters: undefined })
    expect(rowOf(who('gateway'), gone, counters(1))).toEqual({
      ...who('gateway'),
      state: 'ended: SIGKILL',
    })
  })

  it('says which partitions nobody has', () => {
    const lag = new Map([
      [0, 0],
      [1, 5],
    ])
    const looks = [look({ partitions: [0], lag })]
    const rows = looks.map((seen) => rowOf(who('sequencer'), seen, undefined))
    expect(totalOf(rows, looks)).toMatchObject({ state: 'nobody has 1', lag: 5 })
  })

  it('is never wider than the terminal', () => {
    const rows = [rowOf(who('sequencer'), look({ partitions: [0, 1, 2, 5] }), undefined)]
    const lines = tableOf(rows, 40)
    expect(lines).toHaveLength(2)
    expect(lines.every((line) => line.length <= 40)).toBe(true)
    expect(tableOf(rows, 200)[1]).toContain(' 0-2,5 ')
    expect(ranges([])).toBe('')
  })
})

describe('the status', () => {
  const ended = { ...who('gateway'), isRunning: false, ended: 'SIGKILL' } as ClusterProcess

  it('is a table in a terminal, drawn over the one before', async () => {
    let text = ''
    const output = { isTTY: true, columns: 120, write: (more: string) => (text += more) }
    const status = showStatus([ended], { output, everyMs: 5 })
    await until('it is drawn twice', () => text.split('PROCESS').length > 2)
    await status.close()
    expect(text).toContain('ended: SIGKILL')
    expect(text).toContain('\u001b[3A\u001b[J')
  })

  it('is a line for each change elsewhere', async () => {
    const lines: string[] = []
    let state = 'SIGKILL'
    const process = { ...ended } as { ended: string }
    Object.defineProperty(process, 'ended', { get: () => state })
    const output = { write: (line: string) => lines.push(line) }
    const status = showStatus([process as ClusterProcess], { output, everyMs: 5 })
    await until('it is told', () => lines.length === 2)
    state = 'exit code 0'
    await until('the change is told', () => lines.length === 4)
    await status.close()
    expect(lines[0]).toBe('gateway-1 (7): ended: SIGKILL\n')
    expect(lines[2]).toBe('gateway-1 (7): ended: exit code 0\n')
    expect(lines.join('')).not.toContain('\u001b')
  })

  it('starts again what has ended, where that is wished', async () => {
    let starts = 0
    const process = {
      ...ended,
      restart: async () => {
        starts += 1
      },
    } as ClusterProcess
    const output = { write: () => undefined }
    const status = showStatus([process], { output, everyMs: 5, restart: true })
    await until('it was started twice', () => starts >= 2)
    await status.close()
  })
})
