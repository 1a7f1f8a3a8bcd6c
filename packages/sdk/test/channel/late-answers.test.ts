import { expect, it } from 'vitest'
import { TidingsError } from '../../src/errors.js'
import { FakeChannel } from './fake-channel.js'
import { type Asked, Line } from './fake-server.js'

it('an answer that came too late tells of the channels that nothing else has named', async () => {
  const line = new Line()
  const said: string[] = []
  line.sync.channels.on('added', ({ channel }) => said.push(channel.id))
  line.connect()
  line.channels.set('opened', new FakeChannel('opened'))
  const asked: Asked[] = []
  line.onRequest = (one) => asked.push(one)
  line.sync.channel('opened').on('message', () => {})
  await line.settle()
  asked[0]?.fail(new TidingsError('timeout', 'No answer.'))
  const channels = [...line.channels.values()].map((channel) => channel.entry())
  line.connection.receive({ type: 'channels.page', ref: '1', channels })
  line.onRequest = (one) => line.answer(one)
  await line.advance(60_000)
  expect(said).toEqual(['opened'])
  expect(line.sync.channel('opened').state).toBe('live')
})
