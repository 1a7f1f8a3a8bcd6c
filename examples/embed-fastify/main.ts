import { createShop } from './app.ts'

/** Opens the shop; rejects with an Error that says to a person what is wrong. */
async function open(): Promise<void> {
  const { PORT = '3000', DATA_DIR = './data/shop' } = process.env
  const port = Number(PORT)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`PORT must be a number from 0 to 65535, not “${PORT}”.`)
  }
  const { app } = await createShop({ dataDir: DATA_DIR })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void app.close().then(() => process.exit(0)))
  }
  const address = await app.listen({ port, host: '127.0.0.1' }).catch((error: unknown) => {
    const isTaken = (error as { code?: unknown }).code === 'EADDRINUSE'
    throw isTaken ? new Error(`port ${port} is taken. Name another one with PORT.`) : error
  })
  console.log(`The shop is open at ${address}/
  an order opens a channel:  curl -X POST ${address}/orders/1
  its messages, as Ada:      curl -H 'authorization: Bearer session-of-ada' ${address}/chat/v1/channels/order-1/messages
Stop it with Ctrl-C.`)
}

await open().catch((error: unknown) => {
  // what Tidings throws at a start also says what to do about it
  const { message, remedy } = error as { message: string; remedy?: string }
  console.error(`The shop cannot open: ${message}${remedy === undefined ? '' : ` ${remedy}`}`)
  process.exit(1)
})
