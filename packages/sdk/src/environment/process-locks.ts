import { inProcessLocks } from './locks.js'
import type { Locks } from './port.js'

/** A built-in module of Node, or undefined elsewhere; no bundler sees an import. */
const builtin = <T extends 'node:net' | 'node:crypto' | 'node:os' | 'node:fs'>(name: T) =>
  globalThis.process?.getBuiltinModule?.(name)

type Hold = { readonly release: () => void } | 'taken' | 'stale'

/**
 * Mutual exclusion between the processes of one machine: whoever listens on a local socket of that
 * name holds the lock, and the system ends it with its process, however that dies. On Linux the name
 * is abstract and no file is left.
 */
export const processLocks: Locks = {
  async tryAcquire(name) {
    const path = pathOf(name)
    if (path === undefined) return inProcessLocks.tryAcquire(name)
    let hold = await listen(path)
    if (hold === 'stale') {
      builtin('node:fs')?.rmSync(path, { force: true })
      hold = await listen(path)
    }
    return typeof hold === 'string' ? undefined : hold.release
  },
}

function pathOf(name: string): string | undefined {
  const crypto = builtin('node:crypto')
  const os = builtin('node:os')
  if (crypto === undefined || os === undefined) return undefined
  // Hashed: a path of a socket has little more than a hundred bytes.
  const file = `tidings-${crypto.createHash('sha256').update(name).digest('hex').slice(0, 40)}`
  if (process.platform === 'linux') return `\0${file}`
  return process.platform === 'win32' ? `\\\\.\\pipe\\${file}` : `${os.tmpdir()}/${file}.sock`
}

function listen(path: string): Promise<Hold> {
  const net = builtin('node:net')
  return new Promise((resolve) => {
    if (net === undefined) return resolve('taken')
    const server = net.createServer((visitor) => visitor.destroy())
    server.once('error', () => {
      // On disk a name outlives its process: nobody answers there.
      const visit = net.connect(path)
      visit.once('connect', () => {
        visit.destroy()
        resolve('taken')
      })
      visit.once('error', () => resolve('stale'))
    })
    server.listen(path, () => resolve({ release: () => server.close() }))
    server.unref()
  })
}
