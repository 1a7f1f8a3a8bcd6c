import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decode, encode } from '@tidings/protocol'
import { parseClientFrame } from '@tidings/protocol/schemas'

test('a frame is written and read back', () => {
  const decoded = decode(encode({ type: 'ping' }))
  assert.deepEqual(decoded, { ok: true, envelopes: [{ type: 'ping' }] })
})

test('text that is no frame gets a code and no exception', () => {
  const decoded = decode('{')
  assert.equal(decoded.ok, false)
  assert.equal(decoded.code, 'invalid_frame')
})

test('the schemas load', () => {
  assert.equal(typeof parseClientFrame, 'function')
})
