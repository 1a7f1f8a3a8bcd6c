/** A chat in the terminal: `npm run terminal-chat -- --name Ada [--url http://localhost:8080]`. */
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { createClient, type Message, stop, TidingsError } from '@tidings/sdk'
import { login } from './login.ts'

const help = `terminal-chat: talk in the channel general.

  --name NAME   who you are (default Ada)
  --url URL     a server with the development login (default http://localhost:8080)

Type a line to send it. /who shows the connection, /now does not wait for the next attempt to
connect, /quit leaves. What you type while the server is away is kept, and sent when it is back.`

function readArguments() {
  try {
    return parseArgs({
      options: {
        name: { type: 'string', default: 'Ada' },
        url: { type: 'string', default: 'http://localhost:8080' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    console.error(`${String((error as Error).message).split(/[.\n]/)[0]}. See --help.`)
    process.exit(1)
  }
}

const { values } = readArguments()
if (values.help) {
  console.log(help)
  process.exit(0)
}

const me = await login(values.url, values.name).catch((error: unknown) => {
  const reason = error instanceof Error ? error.message : String(error)
  console.error(`Cannot log in at ${values.url}: ${reason}`)
  process.exit(1)
})

const socketUrl = new URL('/v1/ws', values.url)
socketUrl.protocol = socketUrl.protocol === 'https:' ? 'wss:' : 'ws:'
const client = createClient({
  url: socketUrl.href,
  userId: me.userId,
  getToken: async ({ signal }) => {
    const again = await login(values.url, values.name, signal)
    if (again.userId !== me.userId) throw stop('The server takes this name for somebody else now.')
    return again.token
  },
})
const general = client.channel(me.channelId)
const isTerminal = process.stdout.isTTY === true
const prompt = createInterface({ input: process.stdin, output: process.stdout, prompt: '> ' })

/** Prints above the line that is being typed. */
function print(line: string): void {
  process.stdout.write(isTerminal ? `\r\u001b[K${line}\n` : `${line}\n`)
  if (isTerminal) prompt.prompt(true)
}

/** A text of somebody else does nothing to this terminal: what is no line and no tab is only shown. */
const harmless = (text: string): string => text.replace(/[^\P{Cc}\n\t]/gu, '\ufffd')

function show(message: Message): void {
  const time = new Date(message.sentAt).toLocaleTimeString()
  print(`${time}  ${message.userId}: ${message.deleted ? '(deleted)' : harmless(message.text)}`)
}

client.on('status', ({ current }) => print(`· ${current}`))
general.on('message', show)
general.on('gap', ({ reason }) => print(`· some messages are not shown (${reason})`))

let leaving = false
async function leave(): Promise<void> {
  if (leaving) return
  leaving = true
  prompt.close()
  process.stdin.destroy()
  await client.drain({ timeoutMs: 2_000 }).catch(() => print('· kept for the next time'))
  await client.close()
}

prompt.on('line', (line) => {
  const text = line.trim()
  if (text === '/quit') void leave()
  else if (text === '/now') client.connect()
  else if (text === '/who') print(`· ${me.userId}, ${client.status}`)
  else if (text !== '') general.send(text).catch(refused)
  if (isTerminal && !leaving) prompt.prompt()
})
prompt.on('close', () => void leave())

function refused(error: unknown): void {
  if (TidingsError.from(error).code !== 'closed') print(`· not sent: ${String(error)}`)
}

print(`You are ${me.userId} in general. /quit leaves.`)
