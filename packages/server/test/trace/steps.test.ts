import { expect, it } from 'vitest'
import { createStepLog, labelsOfError } from '../../src/observe/steps.js'
import { alarmAt } from '../../src/sequencer/alarm.js'
import { UnknownCommand } from '../../src/sequencer/index.js'
import { captureLog } from '../support/log.js'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const trace = `00-${TRACE}-00f067aa0ba902b7-01`
const labels = { request_id: 'q', trace_id: TRACE, span_id: '00f067aa0ba902b7' }

it('lines about steps begin and end with the level, while the process runs', () => {
  const { log, written } = captureLog('info')
  const steps = createStepLog(log, 'p')
  expect(steps.isOn()).toBe(false)
  log.level = 'debug'
  expect(steps.isOn()).toBe(true)
  steps.tell('stored', { requestId: 'q', trace }, { channel_id: 'c' })
  expect(JSON.parse(written[0] ?? '')).toEqual({
    level: 20,
    time: expect.any(Number),
    ...labels,
    process_id: 'p',
    channel_id: 'c',
    msg: 'command stored',
  })
})

it('a trace or an id that is none stays one line, and its text goes nowhere', () => {
  const { log, written } = captureLog('debug')
  const steps = createStepLog(log, 'p')
  const requestId = 'x"}\n{"level":60,"msg":"forged"}'
  for (const wrong of [`${trace}\n{"level":60}`, 7, {}]) {
    steps.tell('pushed', { requestId, trace: wrong as string }, {})
  }
  expect(written).toHaveLength(3)
  for (const line of written) {
    expect(line.indexOf('\n')).toBe(line.length - 1)
    expect(JSON.parse(line)).toMatchObject({ level: 20, request_id: requestId })
    expect(line).not.toContain('trace_id')
  }
})

it('R3, R11: what stops a partition names the request of its command, and nothing of what it says', () => {
  const position = { generation: 1, partition: 2, offset: 3 }
  const command = { channelId: 'c', text: 'sesame', requestId: 'q', trace } as never
  const alarm = alarmAt({ command, position }, 'the row is missing')
  expect(labelsOfError(alarm)).toEqual(labels)
  expect(labelsOfError(new UnknownCommand(position, 'new', { requestId: 'q', trace }))).toEqual(
    labels,
  )
  const { log, written } = captureLog('fatal')
  log.fatal({ ...labelsOfError(alarm), err: alarm }, 'this process must not go on')
  expect(JSON.parse(written[0] ?? '')).toMatchObject(labels)
  expect(written[0]).not.toContain('sesame')
})

it('an error that befell no request is told without one', () => {
  expect(labelsOfError(new Error('away'))).toEqual({})
})
