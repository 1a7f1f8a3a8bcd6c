interface Builtins {
  'node:crypto': typeof import('node:crypto')
  'node:fs': typeof import('node:fs')
  'node:fs/promises': typeof import('node:fs/promises')
  'node:net': typeof import('node:net')
  'node:os': typeof import('node:os')
  'node:path': typeof import('node:path')
}

/** A built-in module of Node; no bundler sees an import, so none of it reaches a page. */
export function builtin<T extends keyof Builtins>(name: T): Builtins[T] {
  const module = globalThis.process?.getBuiltinModule?.(name)
  if (module === undefined) throw new Error(`${name} is not there: it needs Node 20.16 or newer`)
  return module as Builtins[T]
}

/** Where programs keep their state on this system; ours in a folder of its own. */
export function stateDirectory(): string {
  const { env, platform } = process
  const home = builtin('node:os').homedir()
  const { join } = builtin('node:path')
  if (platform === 'win32') {
    return join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'tidings')
  }
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'tidings')
  return join(env.XDG_STATE_HOME || join(home, '.local', 'state'), 'tidings')
}
