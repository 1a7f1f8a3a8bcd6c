import { createServer } from '@tidings/server'
import type { MessageStore } from '@tidings/server/ports'

export async function serve(): Promise<void> {
  const tidings = await createServer({
    dataDir: './data',
    authenticate: async (token) => ({ userId: token }),
  })
  await tidings.listen({ port: 8080 })
  await tidings.close()
}

export type Store = MessageStore
