import { createShop } from './app.ts'

const port = Number(process.env.PORT ?? 3000)
const { app } = await createShop({ dataDir: process.env.DATA_DIR ?? './data/shop' })
await app.listen({ port, host: '127.0.0.1' })
console.log(`The shop is open at http://127.0.0.1:${port}/
  an order opens a channel:  curl -X POST http://127.0.0.1:${port}/orders/1
  its messages, as Ada:      curl -H 'authorization: Bearer session-of-ada' http://127.0.0.1:${port}/chat/v1/channels/order-1/messages
Stop it with Ctrl-C.`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void app.close().then(() => process.exit(0)))
}
