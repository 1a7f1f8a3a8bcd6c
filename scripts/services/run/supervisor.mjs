// Owns every process and folder of one run, so that nothing outlives it: when the channel to the run closes,
// however the run ended (`kill -9` too), what is left is killed and the folder removed. Plain Node, to start at once.
import { spawn, spawnSync } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'

const children = new Map()
const lastCommands = []
const folder = process.argv[2]
let ending

const operations = {
  spawn({ name, command, args, options, log }) {
    if (ending) throw new Error('the run is ending')
    const output = openSync(log, 'a')
    const child = spawn(command, args, {
      ...options,
      detached: true,
      stdio: ['ignore', output, output],
    })
    closeSync(output)
    children.set(name, child)
    const ended = (how) => {
      if (children.get(name) !== child) return
      children.delete(name)
      tell({ exited: name, how })
    }
    child.once('error', (error) => ended(error.message))
    child.once('exit', (code, signal) => ended(signal ?? `exit code ${code}`))
    return child.pid
  },
  signal({ name, signal }) {
    const child = children.get(name)
    if (child?.pid) signalTree(child.pid, signal)
  },
  // Run when the run ends, in the order in which they were given: taking down what is not a child.
  last({ command, args, options }) {
    lastCommands.push({ command, args, options })
  },
}

process.on('message', ({ id, operation, ...given }) => {
  if (operation === 'end') return void finish()
  try {
    tell({ id, value: operations[operation](given) })
  } catch (error) {
    tell({ id, error: error.message })
  }
})
process.on('disconnect', () => void finish())
// A terminal's Ctrl-C and a shutdown are for the run: it decides, and the closing channel says so.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})

async function finish() {
  ending ??= end()
  await ending
  process.exit()
}

async function end() {
  const left = [...children.values()].map(
    (child) => child.pid && new Promise((resolve) => child.once('exit', resolve)),
  )
  for (const child of children.values()) if (child.pid) signalTree(child.pid, 'SIGKILL')
  await Promise.all(left)
  for (const { command, args, options } of lastCommands) {
    spawnSync(command, args, { ...options, stdio: 'ignore' })
  }
  // A grandchild may write for a moment after its parent died.
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
}

function tell(message) {
  if (process.connected) process.send(message, () => {})
}

/** The group, and whoever left it for a session of its own (PostgreSQL's backends do). */
function signalTree(pid, signal) {
  const strays = descendants(pid)
  sendSignal(-pid, signal)
  for (const stray of strays) sendSignal(stray, signal)
}

function sendSignal(pid, signal) {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}

function descendants(root) {
  if (process.platform !== 'linux') return []
  const childrenOf = new Map()
  for (const entry of readdirSync('/proc')) {
    const parent = /^\d+$/.test(entry) && parentOf(entry)
    if (parent) childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), Number(entry)])
  }
  const found = []
  for (let level = [root]; level.length > 0; ) {
    level = level.flatMap((pid) => childrenOf.get(pid) ?? [])
    found.push(...level)
  }
  return found
}

function parentOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return undefined // ended since it was listed
  }
}
