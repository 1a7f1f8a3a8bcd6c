import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient, TidingsError } from '@tidings/sdk'
import { createFileStorage } from '@tidings/sdk/file'
import { presence } from '@tidings/sdk/presence'
import { receipts } from '@tidings/sdk/receipts'
import * as rest from '@tidings/sdk/rest'
import { typing } from '@tidings/sdk/typing'

const nowhere = { url: 'ws://127.0.0.1:9/v1/ws', getToken: async () => 'token' }

test('a client without a server keeps what is sent pending and closes cleanly', async () => {
  const client = createClient({ ...nowhere, userId: 'alice', storage: 'memory' })
  const sending = client.channel('general').send('Hello')
  assert.equal(typeof sending.clientMsgId, 'string')
  const settled = sending.then(
    () => undefined,
    (error) => error,
  )
  await client.close()
  assert.ok((await settled) instanceof TidingsError)
})

test('features appear on the client', async () => {
  const features = [presence(), typing(), receipts()]
  const client = createClient({ ...nowhere, storage: 'memory', features })
  assert.deepEqual(client.typing.in('general').getSnapshot(), [])
  assert.equal(client.presence.own.getSnapshot(), 'online')
  assert.equal(client.receipts.in('general').getSnapshot().isCurrent, false)
  await client.close()
})

test('the file storage loads', () => {
  assert.equal(typeof createFileStorage({ directory: 'here' }), 'function')
})

test('the REST client loads', () => {
  assert.ok(Object.keys(rest).length > 0)
})
