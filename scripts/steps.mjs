// One calm line per step; what the command printed goes to a log and is shown when it fails.
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
export const cacheDir = join(root, '.cache')
const logDir = join(cacheDir, 'logs')
const stillRunningMs = 60_000
const tailLines = 60

export class StepFailed extends Error {}

/** Runs one command as a named step. Throws StepFailed when it does not end with 0. */
export async function step(title, command, args, { env = {}, cwd = root, quiet = false } = {}) {
  mkdirSync(logDir, { recursive: true })
  const log = join(logDir, `${title.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.log`)
  const startedAt = performance.now()
  const elapsed = () => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`
  if (!quiet) process.stdout.write(`  ${title} …`)
  const heartbeat = setInterval(() => {
    process.stdout.write(`\n    still running after ${elapsed()}: ${lastLine(log)}`)
  }, stillRunningMs)

  const code = await run(command, args, log, {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
  })
  clearInterval(heartbeat)
  if (code === 0) {
    if (!quiet) process.stdout.write(` ${elapsed()}\n`)
    return
  }
  process.stdout.write(` failed after ${elapsed()}\n`)
  console.log(readTail(log).replace(/^/gm, '    '))
  throw new StepFailed(`${title} failed; the whole output is in ${relative(root, log)}`)
}

function run(command, args, log, options) {
  const output = openSync(log, 'w')
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      ...options,
      stdio: ['ignore', output, output],
      shell: process.platform === 'win32',
    })
    const settle = (code) => {
      closeSync(output)
      resolve(code)
    }
    child.once('error', (error) => settle(error.code ?? error.message))
    child.once('exit', (code, signal) => settle(code ?? signal))
  })
}

const readTail = (log) =>
  readFileSync(log, 'utf8').trimEnd().split('\n').slice(-tailLines).join('\n')

const lastLine = (log) => readTail(log).split('\n').at(-1)?.trim().slice(0, 100) ?? ''
