/** A process that checks what clients wrote down against what is stored, so that nobody else stands still meanwhile. */
import { readFileSync } from 'node:fs'
import { check } from '../../kill/checker.js'
import type { Row } from '../../kill/history.js'
import { readJournal } from '../../kill/journal.js'
import type { Judgement } from '../report/result.js'

const [rowsFile = '', ...journals] = process.argv.slice(2)
const rows = JSON.parse(readFileSync(rowsFile, 'utf8')) as Row[]
const lines = journals.flatMap(readJournal)
const shown = lines.filter((line) => line.kind === 'shown')
const judgement: Judgement = {
  violations: check(rows, lines),
  acked: lines.filter((line) => line.kind === 'acked').length,
  stored: rows.filter((row) => row.other !== true).length,
  shown: shown.length,
  clients: new Set(shown.map(({ client }) => client)).size,
  channels: new Set(shown.map(({ channel }) => channel)).size,
}
process.send?.({ judgement }, () => process.disconnect())
