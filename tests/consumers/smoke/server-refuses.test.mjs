import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createServer, UnsupportedNode } from '@tidings/server'

test('a Node that is too old is refused with a sentence, and nothing is left behind', async () => {
  const dataDir = join(tmpdir(), `tidings-refused-${process.pid}`)
  await assert.rejects(createServer({ dataDir, authenticate: (token) => token }), (error) => {
    assert.ok(error instanceof UnsupportedNode)
    assert.match(error.message, /^Tidings needs Node 22\.13 or newer, and this is Node 20\./)
    return true
  })
  assert.equal(existsSync(dataDir), false)
})
