// Runs a program on Node 24 in this terminal, and ends with it: with its exit code, and it with us.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { node24, toolchainEnv } from './bootstrap.mjs'
import { root } from './steps.mjs'

const parentCheckIntervalMs = 500

/** Resolves to the exit code. */
export function handOver(args) {
  const program = spawn(node24, args, {
    cwd: root,
    env: { ...process.env, ...toolchainEnv() },
    stdio: 'inherit',
  })
  // A terminal signals the whole group, so only what comes from elsewhere is passed on.
  process.on('SIGTERM', () => program.kill('SIGTERM'))
  for (const signal of ['SIGINT', 'SIGHUP']) {
    process.on(signal, () => {
      if (!process.stdin.isTTY) program.kill(signal)
    })
  }
  stopWithParent(program)
  return new Promise((resolve, reject) => {
    program.once('error', reject)
    program.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]))
  })
}

// npm signals the shell between itself and this process, and that dies without passing it on.
function stopWithParent(program) {
  const parent = process.ppid
  const watch = () => process.ppid !== parent && program.kill('SIGTERM')
  setInterval(watch, parentCheckIntervalMs).unref()
}
