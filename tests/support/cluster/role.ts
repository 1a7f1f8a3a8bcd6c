/**
 * A process of a cluster, for tests: it serves, stops and serves again as it is told, so that its code is read once
 * for many scenarios. Tokens are JSON: `{ "userId": …, "expiresAt": … }`.
 */
import { createServer, type ServerOptions, type TidingsServer } from '@tidings/server'
import { identityOf } from '../token.js'
import type { Answer, Order } from './orders.js'

const say = (answer: Answer): void => void process.send?.(answer)

let server: TidingsServer | undefined

async function serve(settings: Partial<ServerOptions>, port: number): Promise<Answer> {
  server = await createServer({
    ...settings,
    authenticate: identityOf,
  })
  server.onFatal(({ message }) => say({ fatal: message }))
  return { port: (await server.listen({ port })).port }
}

async function stop(): Promise<Answer> {
  await server?.close()
  server = undefined
  return { stopped: true }
}

process.on('message', (order: Order) => {
  const obeyed = 'serve' in order ? serve(order.serve, order.port) : stop()
  obeyed.then(say, (error: unknown) => {
    const { message, remedy = '' } = error as Error & { readonly remedy?: string }
    say({ failed: `${message} ${remedy}`.trim() })
  })
})
// whoever started it is gone
process.once('disconnect', () => process.exit(1))
say({ ready: true })
