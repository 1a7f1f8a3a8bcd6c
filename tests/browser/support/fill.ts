import { createRestClient } from '@tidings/sdk/rest'
import { vi } from 'vitest'

const AT_ONCE = 100
/** The channel is made when there is a sequencer. */
const channelPatience = { timeout: 60_000, interval: 100 }

/** Says `message 1`, `message 2` and so on in general, as the platform; resolves to the texts as they were numbered. */
export async function fillOverRest(
  url: string,
  serverKey: string,
  count: number,
): Promise<readonly string[]> {
  const platform = createRestClient({ url: `${url}/v1`, getToken: () => serverKey })
  await vi.waitFor(() => platform.channels.putMember('general', 'archivist'), channelPatience)
  const said: { readonly text: string; readonly channelSeq: number }[] = []
  for (let from = 1; from <= count; from += AT_ONCE) {
    const numbers = Array.from(
      { length: Math.min(AT_ONCE, count - from + 1) },
      (_, at) => from + at,
    )
    const sends = numbers.map(async (number) => {
      const text = `message ${number}`
      const { channelSeq } = await platform.messages.send('general', text, {
        userId: 'archivist',
        clientMsgId: `seed-${number}`,
      })
      if (channelSeq === undefined) throw new Error(`“${text}” got no number`)
      said.push({ text, channelSeq })
    })
    await Promise.all(sends)
  }
  return said.sort((a, b) => a.channelSeq - b.channelSeq).map(({ text }) => text)
}
