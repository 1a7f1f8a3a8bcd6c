import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const SAID_MAX = 4_000
const complaints = new WeakMap<ChildProcess, string>()

/** A program of this folder, in a process of its own. What it complains of is told when it ends too soon. */
export function start(
  file: string,
  args: readonly string[],
  env: Record<string, string> = {},
): ChildProcess {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [...args], {
    execArgv: ['--conditions=tidings-source', '--import', 'tsx'],
    env: { ...process.env, ...env },
    // inherited, it would keep whoever reads ours waiting for as long as the child lives
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  child.stderr?.on('data', (said: Buffer) => {
    complaints.set(child, `${complaints.get(child) ?? ''}${said}`.slice(-SAID_MAX))
  })
  return child
}

/** The first message of a child that `fits`; rejects when the child ends before. */
export async function heard<T>(
  child: ChildProcess,
  fits: (message: unknown) => T | undefined,
): Promise<T> {
  const ended = new AbortController()
  const exited = once(child, 'exit', { signal: ended.signal }).then(([code, signal]) => {
    throw new Error(
      `the process ended with ${code ?? signal} before it answered. ${complaints.get(child) ?? ''}`,
    )
  })
  exited.catch(() => undefined)
  for (;;) {
    const [message] = await Promise.race([once(child, 'message', { signal: ended.signal }), exited])
    const found = fits(message)
    if (found === undefined) continue
    ended.abort()
    return found
  }
}

export const said = (child: ChildProcess, word: string): Promise<true> =>
  heard(child, (message) => (message === word ? true : undefined))
