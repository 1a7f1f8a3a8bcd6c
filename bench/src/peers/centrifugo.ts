import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunningPeer } from './peer.js'

/** Centrifugo with its default settings, insecure clients and any origin; the binary is given by its path. */
export async function startCentrifugo(binary: string): Promise<RunningPeer> {
  const folder = mkdtempSync(join(tmpdir(), 'centrifugo-bench-'))
  const port = await freePort()
  const config = join(folder, 'config.json')
  writeFileSync(
    config,
    JSON.stringify({
      client: { insecure: true, allowed_origins: ['*'] },
      http_server: { port: String(port), address: '127.0.0.1' },
      log: { level: 'warn' },
    }),
  )
  const child = spawn(binary, ['--config', config], { stdio: ['ignore', 'inherit', 'inherit'] })
  const { pid } = child
  if (pid === undefined) throw new Error(`${binary} did not start`)
  for (let tries = 0; ; tries++) {
    const answers = await fetch(`http://127.0.0.1:${port}/connection/websocket`).then(
      () => true,
      () => false,
    )
    if (answers) break
    if (tries > 200) throw new Error('Centrifugo does not answer')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    pid,
    port,
    inject: () => {
      throw new Error('Centrifugo is published to by a client')
    },
    async stop() {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
