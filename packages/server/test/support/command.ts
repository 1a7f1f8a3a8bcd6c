import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { flagOf } from '../../src/config/load.js'
import type { ServerOptions } from '../../src/index.js'
import { until } from './wait.js'

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))
const running = new Set<ChildProcess>()

/** The command from source, as a process of its own, as an operator starts it. `url` resolves when it listens. */
export function startCommand(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(
    process.execPath,
    ['--conditions=tidings-source', '--import', 'tsx', CLI, ...args],
    {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  running.add(child)
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => (output.stdout += chunk))
  child.stderr.on('data', (chunk) => (output.stderr += chunk))
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.on('close', (code) => {
      running.delete(child)
      resolve({ code, ...output })
    }),
  )
  const url = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', () => {
      const line = output.stdout.split('\n').find((one) => one.includes('"listening"'))
      if (line !== undefined) resolve((JSON.parse(line) as { url: string }).url)
    })
    void ended.then((result) => reject(new Error(JSON.stringify(result))))
  })
  url.catch(() => undefined)
  return { child, ended, url }
}

/** What a command has logged last. */
export const lastLineOf = (stdout: string): Record<string, unknown> =>
  JSON.parse(stdout.trim().split('\n').at(-1) ?? '')

/** Settings as they are given on a command line. */
export const flagsOf = (settings: Partial<ServerOptions>): string[] =>
  Object.entries(settings).flatMap(([name, value]) =>
    value === true ? [flagOf(name)] : [flagOf(name), String(value)],
  )

/** Who is let in by the development login, once the channel where newcomers meet is there. */
export async function logIn(url: string, name: string): Promise<{ userId: string; token: string }> {
  let data: { token: string; user_id: string } | null = null
  await until(`${name} is let in`, async () => {
    const login = await fetch(`${url}/v1/dev/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name }),
    })
    data = ((await login.json()) as { data: typeof data }).data
    return data !== null
  })
  const { user_id: userId, token } = data as unknown as { token: string; user_id: string }
  return { userId, token }
}

/** Ends what a test has left running. */
export function killCommands(): void {
  for (const child of running) child.kill('SIGKILL')
}
