import { describe, it } from 'vitest'
import {
  environmentContract,
  socketContract,
} from '../../packages/server/src/ports/contract/index.js'
import { Line, type LineObserver } from './world/line.js'
import type { Page } from './world/page.js'
import { Process } from './world/process.js'
import { Random } from './world/random.js'
import { Scheduler } from './world/scheduler.js'

environmentContract(
  'A process of a world',
  async () => {
    const scheduler = new Scheduler()
    const clock = { skewMs: 0 }
    const process = new Process('p1', scheduler, new Random(1, 'contract'), clock)
    return {
      environment: process.environment,
      async pass(ms) {
        await scheduler.run(scheduler.nowMs + ms)
      },
      shiftWallClock(ms) {
        clock.skewMs += ms
      },
      close: async () => undefined,
    }
  },
  { describe, it },
)

const nobody: LineObserver = {
  wrote: () => undefined,
  delivered: () => undefined,
  sent: () => undefined,
  received: () => undefined,
  tampered: () => undefined,
  lost: () => undefined,
}

socketContract(
  'The lines of a world',
  async () => {
    const scheduler = new Scheduler()
    let lines = 0
    return {
      async pass() {
        await scheduler.run(scheduler.nowMs + 500)
      },
      async connect(gateway) {
        lines += 1
        const received: string[] = []
        let closedWith: number | undefined
        const line = new Line({
          id: lines,
          page: { isDead: false } as Page,
          scheduler,
          random: new Random(lines, 'contract'),
          client: {
            opened: () => undefined,
            message: (text) => received.push(text),
            closed(code) {
              closedWith = code
            },
          },
          ended: () => undefined,
          observer: nobody,
        })
        const request = { remoteAddress: '10.0.0.1', origin: undefined, token: undefined }
        line.accept(gateway.accept(line.server, request), 'tidings.v1')
        await scheduler.run(scheduler.nowMs + 500)
        return {
          received,
          get closedWith() {
            return closedWith
          },
          say: (text) => line.client.send(text),
          close: (code) => line.client.close(code, ''),
          vanish: () => line.cut(),
          stopReading: () => line.readSlowly(1, 3_600_000),
          readOn: () => line.heal(),
          ignoreCloses: () => line.block('up'),
        }
      },
      close: async () => undefined,
    }
  },
  { describe, it },
)
