// `npm start`: installs and builds what is missing or stale, then hands over to the web chat's server.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import { bootstrap, node24, toolchainEnv } from './bootstrap.mjs'
import { buildIfStale } from './build.mjs'
import { main } from './main.mjs'
import { root } from './steps.mjs'

const parentCheckIntervalMs = 500

await main(async () => {
  await bootstrap()
  await buildIfStale()
  return runServer(process.argv.slice(2))
})

function runServer(args) {
  const server = spawn(node24, [join(root, 'examples/web-chat/server.mjs'), ...args], {
    cwd: root,
    env: { ...process.env, ...toolchainEnv() },
    stdio: 'inherit',
  })
  // A terminal signals the whole group, so only what comes from elsewhere is passed on.
  process.on('SIGTERM', () => server.kill('SIGTERM'))
  for (const signal of ['SIGINT', 'SIGHUP']) {
    process.on(signal, () => {
      if (!process.stdin.isTTY) server.kill(signal)
    })
  }
  stopWithParent(server)
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]))
  })
}

// npm signals the shell between itself and this process, and that dies without passing it on.
function stopWithParent(server) {
  const parent = process.ppid
  const watch = () => process.ppid !== parent && server.kill('SIGTERM')
  setInterval(watch, parentCheckIntervalMs).unref()
}
