import { builtin } from './builtins.js'
import type { Locks } from './port.js'

type Hold = { readonly release: () => void } | 'taken' | 'stale'

/**
 * Mutual exclusion between the processes of one machine: whoever listens on a local socket of that
 * name holds the lock, and the system ends it with its process, however that dies. On Linux the name
 * is abstract and no file is left.
 */
export const processLocks: Locks = {
  async tryAcquire(name) {
    const path = pathOf(name)
    let hold = await listen(path)
    if (hold === 'stale') {
      builtin('node:fs').rmSync(path, { force: true })
      hold = await listen(path)
    }
    return typeof hold === 'string' ? undefined : hold.release
  },
}

function pathOf(name: string): string {
  // Hashed: a path of a socket has little more than a hundred bytes.
  const hash = builtin('node:crypto').createHash('sha256').update(name).digest('hex')
  const file = `tidings-${hash.slice(0, 40)}`
  if (process.platform === 'linux') return `\0${file}`
  const folder = process.platform === 'win32' ? '\\\\.\\pipe' : builtin('node:os').tmpdir()
  return builtin('node:path').join(folder, file)
}

function listen(path: string): Promise<Hold> {
  const net = builtin('node:net')
  return new Promise((resolve) => {
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
