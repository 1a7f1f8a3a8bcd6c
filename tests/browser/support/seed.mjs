// Puts messages into the channel general of a data folder, as its owner would: `node seed.mjs DIR COUNT`.
import { createServer } from '@tidings/server'

const [dataDir, count] = process.argv.slice(2)
const tidings = await createServer({
  dataDir,
  devLogin: true,
  logLevel: 'warn',
  sendRatePerS: 0,
  channelRatePerS: 0,
})
await tidings.admin.upsertMember({ channelId: 'general', userId: 'archivist' })
const pageOf = 100
for (let from = 1; from <= Number(count); from += pageOf) {
  const numbers = Array.from({ length: Math.min(pageOf, count - from + 1) }, (_, at) => from + at)
  const sending = numbers.map((number) =>
    tidings.admin.send({
      channelId: 'general',
      userId: 'archivist',
      clientMsgId: `seed-${number}`,
      text: `message ${number}`,
    }),
  )
  await Promise.all(sending)
}
await tidings.close()
