import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { killCommands, startCommand } from '../support/command.js'

const KEY = 'a-server-key-of-more-than-32-characters'
let folder: string

const run = (args: readonly string[], env?: Record<string, string>) => startCommand(args, env).ended

const settings = (dataDir: string) => [
  '--data-dir',
  dataDir,
  '--port',
  '0',
  '--dev-login',
  '--server-keys',
  KEY,
]
async function send(url: string, text: string): Promise<void> {
  const answer = await fetch(`${url}/v1/channels/general/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ text, user_id: 'ada' }),
  })
  expect(answer.status).toBe(201)
}
async function texts(url: string): Promise<string[]> {
  const answer = await fetch(`${url}/v1/channels/general/messages`, {
    headers: { authorization: `Bearer ${KEY}` },
  })
  const { data } = (await answer.json()) as { data: { messages: { text: string }[] } }
  return data.messages.map((message) => message.text)
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidings-cli-'))
})
afterEach(() => {
  killCommands()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the command', { timeout: 60_000 }, () => {
  it('explains itself', async () => {
    const help = await run(['--help'])
    expect(help).toMatchObject({ code: 0, stderr: '' })
    expect(help.stdout).toContain('--data-dir')
    expect((await run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it('names of a command that works on a folder only what that command takes', async () => {
    const { code, stdout } = await run(['backup', '--help'])
    expect(code).toBe(0)
    expect(stdout).toContain('--to DIR')
    expect(stdout).toContain('--data-dir')
    expect(stdout).not.toContain('--port')
  })

  it('takes back by a flag what is on by default or by a variable', async () => {
    const refused = await run(['--no-dev-login', '--no-show-last-seen'], {
      TIDINGS_DEV_LOGIN: 'true',
    })
    expect(refused.stderr).toContain('nobody could log in')
  })

  it.each([
    [['--prot', '1'], {}, "Unknown option '--prot'. See tidings --help."],
    [['sing'], {}, 'no command “sing”'],
    [['backup'], {}, '--to DIR'],
    [['--port', 'eighty'], {}, 'port (from the flag --port)'],
    [[], { TIDINGS_PORT: '70000' }, 'the environment variable TIDINGS_PORT'],
    [['--config', '/does/not/exist.json'], {}, '/does/not/exist.json cannot be read'],
    [['--data-dir', '/tmp/x'], {}, 'authSecret (from the default) is missing: nobody could log in'],
    [
      ['--dev-login'],
      { NODE_ENV: 'production' },
      'devLogin (from the flag --dev-login) refuses to run when NODE_ENV is production',
    ],
    [['--dev-login', '--roles', 'api'], {}, 'roles (from the flag --roles) leaves out'],
  ] as const)('answers %j %j with one sentence', async (args, env, expected) => {
    const result = await run([...args, '--data-dir', join(folder, 'unused')].slice(0, 20), env)
    expect(result.code).not.toBe(0)
    expect(result.stdout).toBe('')
    expect(result.stderr).toContain(expected)
    expect(result.stderr.trim().split('\n')).toHaveLength(1)
  })

  it('names the file and the field of a wrong setting in a file', async () => {
    const file = join(folder, 'wrong.json')
    await writeFile(file, '{"authSecret": c0rrect-horse-battery-staple}')
    const { stderr } = await run(['--config', file])
    expect(stderr).toContain(`${file} is not JSON: Unexpected token 'c'.`)
    expect(stderr).not.toContain('rrect')
    await writeFile(file, JSON.stringify({ sendRatePerS: 'fast' }))
    expect((await run(['--config', file])).stderr).toContain(`sendRatePerS (from the file ${file})`)
  })

  it('serves, refuses a second owner, backs up while running, and keeps everything over a restart', async () => {
    const dataDir = join(folder, 'data')
    const first = startCommand(settings(dataDir))
    const url = await first.url
    await send(url, 'before the backup')

    const second = await run(settings(dataDir))
    expect(second.code).toBe(1)
    expect(second.stderr).toContain(`in use by process ${first.child.pid}`)

    const copied = await run(['backup', '--to', join(folder, 'copy'), '--data-dir', dataDir])
    expect(copied).toMatchObject({ code: 0, stderr: '' })
    await send(url, 'after the backup')
    first.child.kill('SIGTERM')
    expect(await first.ended).toMatchObject({ code: 0 })

    const again = startCommand(settings(dataDir))
    expect(await texts(await again.url)).toEqual(['before the backup', 'after the backup'])
    again.child.kill('SIGTERM')
    await again.ended
    expect(await run(['check', '--data-dir', dataDir])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('All is well'),
    })

    const refused = await run(['restore', '--from', join(folder, 'copy'), '--data-dir', dataDir])
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('--force') })
    expect(
      await run(['restore', '--from', join(folder, 'copy'), '--data-dir', dataDir, '--force']),
    ).toMatchObject({ code: 0 })
    const restored = startCommand(settings(dataDir))
    expect(await texts(await restored.url)).toEqual(['before the backup'])
    await send(await restored.url, 'in the new epoch')
    expect(await texts(await restored.url)).toEqual(['before the backup', 'in the new epoch'])
  })

  it('backs up, checks and restores what it would not serve in production', async () => {
    const dataDir = join(folder, 'unserved')
    const server = startCommand(settings(dataDir))
    await server.url
    server.child.kill('SIGTERM')
    await server.ended
    const env = { NODE_ENV: 'production', TIDINGS_DEV_LOGIN: 'true', TIDINGS_ROLES: 'api' }
    const copy = join(folder, 'unserved-copy')
    for (const args of [
      ['backup', '--to', copy],
      ['restore', '--from', copy, '--force'],
      ['check'],
    ]) {
      const ended = await run([...args, '--data-dir', dataDir], env)
      expect(ended).toMatchObject({ code: 0, stderr: '' })
    }
    expect((await run(['--data-dir', dataDir], env)).stderr).toContain(
      'roles (from the environment',
    )
  })

  it('says what to do when the port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    const port = String((taken.address() as { port: number }).port)
    const result = await run(['--port', port, '--dev-login', '--data-dir', join(folder, 'taken')])
    taken.close()
    expect(result.code).toBe(1)
    expect(result.stderr).toBe(
      `Port ${port} on 127.0.0.1 is taken by another program. Stop that program, or choose another port with --port.\n`,
    )
  })

  it('says what to do when the data folder cannot be used', async () => {
    const file = join(folder, 'a-file')
    await writeFile(file, '')
    await chmod(file, 0o400)
    const result = await run(settings(join(file, 'inside')))
    expect(result.code).toBe(1)
    expect(result.stderr).toContain('cannot be written to')
    expect(result.stderr.trim().split('\n')).toHaveLength(1)
  })
})
