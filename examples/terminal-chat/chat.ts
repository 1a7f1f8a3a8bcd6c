/** A chat in the terminal: `npm run terminal-chat -- --name Ada [--url http://localhost:8080]`. */
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { createClient, type Message } from '@tidings/sdk'

const { values } = parseArgs({
  options: {
    name: { type: 'string', default: 'Ada' },
    url: { type: 'string', default: 'http://localhost:8080' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

if (values.help) {
  console.log(`terminal-chat: talk in the channel general.

  --name NAME   who you are (default Ada)
  --url URL     a server with the development login (default http://localhost:8080)

Type a line to send it. /who shows the connection, /quit leaves. What you type while the
server is away is kept, and sent when it is back.`)
  process.exit(0)
}

interface Login {
  readonly token: string
  readonly user_id: string
  readonly channel_id: string
}

async function login(signal?: AbortSignal): Promise<Login> {
  const answer = await fetch(new URL('/v1/dev/login', values.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: values.name }),
    ...(signal && { signal }),
  })
  if (!answer.ok) throw new Error(`the server at ${values.url} answered ${answer.status}`)
  const { data } = (await answer.json()) as { data: Login }
  return data
}

const me = await login().catch((error: unknown) => {
  const reason = error instanceof Error ? error.message : String(error)
  console.error(`Cannot log in at ${values.url}: ${reason}. Start a server with “npm start” first.`)
  process.exit(1)
})

const socketUrl = new URL('/v1/ws', values.url)
socketUrl.protocol = socketUrl.protocol === 'https:' ? 'wss:' : 'ws:'
const client = createClient({
  url: socketUrl.href,
  userId: me.user_id,
  getToken: async ({ signal }) => (await login(signal)).token,
})
const general = client.channel(me.channel_id)
const prompt = createInterface({ input: process.stdin, output: process.stdout, prompt: '> ' })

/** Prints above the line that is being typed. */
function print(line: string): void {
  process.stdout.write(`\r\u001b[K${line}\n`)
  prompt.prompt(true)
}

client.on('status', ({ current }) => print(`· ${current}`))
general.on('message', (message: Message) => {
  const time = new Date(message.sentAt).toLocaleTimeString()
  print(`${time}  ${message.userId}: ${message.text}`)
})
general.on('gap', (gap) => print(`· some messages are not shown (${gap.reason})`))

async function leave(): Promise<never> {
  prompt.close()
  await client.drain({ timeoutMs: 2_000 }).catch(() => print('· not everything was sent yet'))
  await client.close()
  process.exit(0)
}

prompt.on('line', (line) => {
  const text = line.trim()
  if (text === '/quit') void leave()
  else if (text === '/who') print(`· ${me.user_id}, ${client.status}`)
  else if (text !== '') {
    general.send(text).then(undefined, (error: unknown) => {
      print(`· not sent: ${error instanceof Error ? error.message : String(error)}`)
    })
  }
  prompt.prompt()
})
prompt.on('close', () => void leave())
console.log(`You are ${me.user_id} in general. /quit leaves.`)
prompt.prompt()
