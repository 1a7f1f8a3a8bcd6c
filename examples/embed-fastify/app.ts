/**
 * A shop with a chat: our own Fastify app, our own users and our own orders, and in each order a channel
 * between the buyer and the shop. Tidings lives inside under /chat. Start it with `npm run embed-fastify`.
 */
import { createServer, type TidingsServer } from '@tidings/server'
import { type FastifyInstance, fastify } from 'fastify'

/** The shop's own sessions: in a real app, your login. */
const sessions = new Map([
  ['session-of-ada', 'ada'],
  ['session-of-shop', 'shop'],
])

export interface ShopOptions {
  readonly dataDir: string
}

/** The app, ready to listen. */
export async function createShop(
  options: ShopOptions,
): Promise<{ app: FastifyInstance; tidings: TidingsServer }> {
  const tidings = await createServer({
    dataDir: options.dataDir,
    basePath: '/chat',
    logLevel: 'warn',
    authenticate: (token) => {
      const userId = sessions.get(token)
      if (userId === undefined) throw new Error('no such session')
      return { userId }
    },
    hooks: {
      // the shop's own rule: card numbers do not belong in a chat
      beforeAccept: ({ frame }) =>
        'text' in frame && /\b\d{13,19}\b/.test(frame.text)
          ? { allow: false, reason: 'Please do not send card numbers.' }
          : { allow: true },
    },
  })
  await tidings.admin.upsertWorkspace({ workspaceId: 'shop', name: 'The shop' })

  const app = fastify()
  await app.register(tidings.fastify)

  /** An order opens a channel under the order's own id. */
  const params = {
    type: 'object',
    properties: { id: { type: 'string', pattern: '^[\\w-]{1,40}$' } },
  }
  app.post<{ Params: { id: string } }>(
    '/orders/:id',
    { schema: { params } },
    async (request, reply) => {
      const channelId = `order-${request.params.id}`
      await tidings.admin.upsertChannel({
        workspaceId: 'shop',
        channelId,
        kind: 'private',
        name: `Order ${request.params.id}`,
        ownerId: 'shop',
      })
      await tidings.admin.upsertMember({ channelId, userId: 'ada' })
      await tidings.admin.send({
        channelId,
        userId: 'shop',
        clientMsgId: `welcome-${request.params.id}`,
        text: `Thank you for order ${request.params.id}.`,
      })
      return reply.code(201).send({ channelId })
    },
  )

  app.get('/', async () => ({ shop: 'open', chat: '/chat/v1/openapi.json' }))
  app.addHook('onClose', () => tidings.close())
  return { app, tidings }
}
