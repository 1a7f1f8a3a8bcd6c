import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

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

/** Ends what a test has left running. */
export function killCommands(): void {
  for (const child of running) child.kill('SIGKILL')
}
