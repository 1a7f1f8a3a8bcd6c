import { expect, it } from 'vitest'
import {
  metricsOfProcess,
  namedOnPage,
  rowsOfPage,
  tellingFiles,
  unknownNames,
  unreadMetrics,
} from './metrics.js'

const known = await metricsOfProcess()

it('docs/metrics.md names every metric that a process has', () => {
  const named = namedOnPage()
  expect([...known.keys()].filter((name) => !named.has(name))).toEqual([])
})

it('docs/metrics.md has a row for every metric of ours, and says the type and the labels of each', () => {
  const rows = rowsOfPage()
  const ours = [...known.keys()].filter((name) => !/^tidings_(process|nodejs)_/.test(name))
  expect(ours.filter((name) => !rows.has(name))).toEqual([])
  for (const [name, row] of rows) expect([name, row]).toEqual([name, known.get(name)])
})

it('no page, example or program names a metric that no process has', () => {
  expect(tellingFiles()).toEqual(
    expect.arrayContaining(['README.md', 'docs/operations.md', 'scripts/cluster/status/look.ts']),
  )
  expect(unknownNames(known)).toEqual([])
})

it('every metric of ours is read by a test of the server, or of all of it', () => {
  expect(unreadMetrics(known)).toEqual([])
})
