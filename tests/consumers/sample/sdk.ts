import { createClient, TidingsError } from '@tidings/sdk'

export async function chat(): Promise<number | string> {
  const client = createClient({
    url: 'wss://chat.example.com/v1/ws',
    userId: 'alice',
    getToken: async ({ reason, signal }) => (await fetch(`/token?${reason}`, { signal })).text(),
  })
  client.on('status', ({ current, previous }) => [current, previous])
  const general = client.channel('general')
  const stop = general.on('message', (message) => message.text?.length)
  try {
    const sent = await general.send('Hello')
    const page = await general.history({ limit: 50 })
    return sent.channelSeq + page.items.length
  } catch (error) {
    return error instanceof TidingsError ? error.code : 'unknown'
  } finally {
    stop()
    await client.close()
  }
}
