import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { buildPeer } from '../src/peers/build.js'

/** What a module loads when it is loaded, and what that loads, as far as it is ours. */
function loadedBy(file: string, seen = new Set<string>()): ReadonlySet<string> {
  for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/^import\s[^;]*?"([^"]+)";/gm)) {
    if (seen.has(name)) continue
    seen.add(name)
    if (name.startsWith('.')) loadedBy(join(dirname(file), name), seen)
  }
  return seen
}

it('the server that is measured alone loads nothing that only a cluster needs, as the package does not', async () => {
  const loaded = loadedBy(await buildPeer('./tidings.ts'))

  expect(loaded).toContain('ws')
  for (const name of ['kafkajs', 'cassandra-driver', 'ioredis', 'pg', '@grpc/grpc-js']) {
    expect(loaded).not.toContain(name)
  }
})
