import { expect, it } from 'vitest'
import type { SocketListener } from '../../../packages/server/src/ports/socket.js'
import { Line } from './line.js'
import type { Page } from './page.js'
import { Random } from './random.js'
import { Scheduler } from './scheduler.js'

const ignored = (): void => undefined

function newLine(scheduler: Scheduler): Line {
  return new Line({
    id: 1,
    page: { isDead: false } as Page,
    scheduler,
    random: new Random(1, 'line'),
    client: { opened: ignored, message: ignored, closed: ignored },
    ended: ignored,
    observer: {
      wrote: ignored,
      delivered: ignored,
      sent: ignored,
      received: ignored,
      tampered: ignored,
      lost: ignored,
    },
  })
}

it('tells a gateway once, and not within the call, that a client was gone before it was accepted', async () => {
  const scheduler = new Scheduler()
  const line = newLine(scheduler)
  const closed: number[] = []
  const listener: SocketListener = {
    message: ignored,
    pong: ignored,
    closed: (code) => closed.push(code),
  }
  line.cut()
  await scheduler.run(1_000)
  line.accept(listener, 'tidings.v1')
  line.server.close(4503, 'unavailable')
  line.server.terminate()
  expect(closed).toEqual([])
  await scheduler.run(60_000)
  expect(closed).toEqual([1006])
})
