import { spawn } from 'node:child_process'

export interface CommandResult {
  readonly code: number | string
  readonly output: string
}

/** Runs a command to its end and keeps what it printed. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly timeout?: number } = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    let output = ''
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    }
    child.once('error', (error) => resolve({ code: error.message, output }))
    child.once('close', (code, signal) => resolve({ code: code ?? signal ?? 1, output }))
  })
}

export const lastLines = (output: string, count = 20): string =>
  output.trimEnd().split('\n').slice(-count).join('\n').replace(/^/gm, '    ')
