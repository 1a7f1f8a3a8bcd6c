import { expect, it } from 'vitest'
import { createServer } from '../../src/index.js'
import { settingsOfCluster } from './real.js'

const SECRET = 'a secret of the test, long enough for anybody'

it('what is asked in process of a process of a cluster that is closed is refused, and told why', async () => {
  const server = await createServer({
    ...(await settingsOfCluster('postgres')),
    roles: ['api'],
    authSecret: SECRET,
  })
  const { admin } = server
  await admin.upsertUser({ userId: 'ada' })
  await server.close()
  for (const call of [
    () => admin.upsertUser({ userId: 'bob' }),
    () => admin.send({ channelId: 'c', userId: 'ada', text: 'x' }),
    () => admin.history({ channelId: 'c' }),
  ]) {
    await expect(call()).rejects.toMatchObject({
      name: 'OperationError',
      code: 'unavailable',
      outcome: 'not_sent',
      message: 'The server is closed: create a new one.',
    })
  }
}, 60_000)
