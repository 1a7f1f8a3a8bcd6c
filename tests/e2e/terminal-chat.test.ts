import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Chat, newChat } from '../browser/support/chat.js'
import { Program } from './program.js'

const script = 'examples/terminal-chat/chat.ts'

describe('the chat in the terminal', { timeout: 120_000 }, () => {
  let server: Chat
  const home = mkdtempSync(join(tmpdir(), 'tidings-terminal-'))
  const programs: Program[] = []

  const chatAs = (name: string): Program => {
    const chat = new Program([script, '--name', name, '--url', server.url], {
      // What waits is kept in a file; not in that of whoever runs the tests.
      HOME: home,
      XDG_STATE_HOME: home,
      XDG_DATA_HOME: home,
    })
    programs.push(chat)
    return chat
  }

  beforeAll(async () => {
    server = await newChat()
    await server.start()
  })
  afterAll(async () => {
    await Promise.all(programs.map((program) => program.end()))
    await server?.remove()
    rmSync(home, { recursive: true, force: true })
  })

  it('sends what is typed and prints what comes, once and in order', async () => {
    const ada = chatAs('Ada')
    const grace = chatAs('Grace')
    await ada.says('· connected')
    await grace.says('· connected')
    ada.type('hello from the terminal')
    await grace.says('ada: hello from the terminal')
    grace.type('and back')
    await ada.says('grace: and back')
    expect(ada.out.match(/hello from the terminal/g)).toHaveLength(1)
    ada.type('/who')
    await ada.says('· ada, connected')
    ada.type('/quit')
    expect(await ada.ended).toBe(0)
    expect(ada.err).toBe('')
    grace.type('/quit')
    expect(await grace.ended).toBe(0)
  })

  it('keeps what is typed while the server is away, and sends it when it is back', async () => {
    const ada = chatAs('Ada')
    const grace = chatAs('Grace')
    await ada.says('· connected')
    await grace.says('· connected')
    await server.kill()
    await ada.says('· waiting')
    ada.type('typed into the dark')
    await server.start()
    ada.type('/now')
    grace.type('/now')
    await grace.says('ada: typed into the dark')
    await ada.says('ada: typed into the dark')
    expect(grace.out.match(/typed into the dark/g)).toHaveLength(1)
    ada.type('/quit')
    expect(await ada.ended).toBe(0)
  })

  it('prints what somebody wrote as text, and lets it do nothing to the terminal', async () => {
    const ada = chatAs('Ada')
    await ada.says('· connected')
    ada.type('\u001b[2J\u001b]0;title\u0007 and a\ttab')
    await ada.says('ada: �[2J�]0;title� and a\ttab')
    expect(ada.out).not.toContain('\u001b')
    expect(ada.out).not.toContain('\u0007')
    ada.type('/quit')
    expect(await ada.ended).toBe(0)
  })

  it.each([
    [['--nme', 'Ada'], "Unknown option '--nme'. See --help.\n"],
    [['Ada'], "Unexpected argument 'Ada'. See --help.\n"],
    [['--name'], "Option '--name <value>' argument missing. See --help.\n"],
    [
      ['--url', 'nonsense'],
      'Cannot log in at nonsense: that is no address; one looks like http://localhost:8080.\n',
    ],
  ])('says in one sentence what is wrong with %j', async (args, sentence) => {
    const mistaken = new Program([script, ...args])
    programs.push(mistaken)
    expect(await mistaken.ended).toBe(1)
    expect(mistaken.err).toBe(sentence)
  })

  it('repeats what the server says of a name that is none', async () => {
    const nameless = chatAs('!!!')
    expect(await nameless.ended).toBe(1)
    expect(nameless.err).toContain('must hold a letter or a digit')
    expect(nameless.err).not.toContain('npm start')
  })

  it('says what to do when there is no server', async () => {
    const nobody = new Program([script, '--url', 'http://127.0.0.1:1'])
    programs.push(nobody)
    expect(await nobody.ended).toBe(1)
    expect(nobody.err).toBe(
      'Cannot log in at http://127.0.0.1:1: no server answers there. Start a server with “npm start” first.\n',
    )
  })
})
