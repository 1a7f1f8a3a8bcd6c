import { afterAll, describe, expect, it } from 'vitest'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { electionContract } from '../../src/ports/contract/election.js'
import { useService } from '../services/use-service.js'
import { until } from '../support/wait.js'
import { testDatabase } from './database.js'

const database = await testDatabase((await useService('postgres')).url)
afterAll(() => database.remove())

const ELECTED = `select pid from pg_locks join pg_database on pg_database.oid = pg_locks.database
  where locktype = 'advisory' and granted and datname = current_database()`

/** A process whose timers do not run while it is frozen. */
function freezable() {
  let held: (() => void)[] | undefined
  return {
    environment: {
      ...nodeEnvironment,
      setTimer: (callback: () => void, delayMs: number) =>
        nodeEnvironment.setTimer(() => {
          if (held === undefined) callback()
          else held.push(callback)
        }, delayMs),
    },
    freeze() {
      held = []
    },
    thaw() {
      const late = held ?? []
      held = undefined
      for (const callback of late) callback()
    },
  }
}

electionContract(
  'The lock of a PostgreSQL session',
  async () => {
    const opened: { close(): Promise<void> }[] = []
    return {
      async join() {
        const open = await database.open()
        opened.push(open)
        return open.election
      },
      async depose() {
        await database.ask(`select pg_terminate_backend(pid) from (${ELECTED}) as elected`)
      },
      async close() {
        await Promise.all(opened.map((open) => open.close()))
      },
    }
  },
  { describe, it },
)

describe('the election on PostgreSQL', () => {
  it('elects another when the session of the elected one is gone', async () => {
    const working = new Set<string>()
    const stand = async (name: string) => {
      const open = await database.open()
      const candidacy = open.election.stand(async (held) => {
        working.add(name)
        await new Promise<void>((resolve) => {
          held.addEventListener('abort', () => resolve(), { once: true })
        })
        working.delete(name)
      })
      return { ...open, candidacy }
    }
    const [one, other] = [await stand('one'), await stand('other')]
    await until('one is elected', () => working.size === 1)
    const [first] = working
    await database.ask(`select pg_terminate_backend(pid) from (${ELECTED}) as elected`)
    await until('it has stopped', () => !working.has(first ?? ''))
    await until('one is elected again', () => working.size === 1)
    await one.close()
    await other.close()
    expect(await database.ask(ELECTED)).toEqual([])
  })

  it('elects another when the elected process is frozen, though its connection stays', async () => {
    const process = freezable()
    const frozen = await database.open({ environment: process.environment })
    const other = await database.open()
    const elected: string[] = []
    const stand = ({ election }: typeof frozen, name: string) =>
      election.stand(async (held) => {
        elected.push(name)
        await new Promise<void>((resolve) => {
          held.addEventListener('abort', () => resolve(), { once: true })
        })
      })
    stand(frozen, 'frozen')
    await until('the first is elected', () => elected.length === 1)
    stand(other, 'other')
    process.freeze()
    await until('another is elected', () => elected.length === 2)
    expect(elected).toEqual(['frozen', 'other'])
    process.thaw()
    await Promise.all([frozen.close(), other.close()])
  })

  it('elects for each work apart: whoever has one does not stand in the way of another', async () => {
    const [one, other] = [await database.open(), await database.open()]
    const elected: string[] = []
    const untilAborted = (held: AbortSignal) =>
      new Promise<void>((resolve) => {
        held.addEventListener('abort', () => resolve(), { once: true })
      })
    const work = (name: string) => (held: AbortSignal) => {
      elected.push(name)
      return untilAborted(held)
    }
    const first = one.electionOf('housekeeping').stand(work('housekeeping'))
    await until('one keeps house', () => elected.length === 1)
    other.election.stand(work('relay'))
    await until('the other relays', () => elected.length === 2)
    one.election.stand(work('second relay'))
    await first.close()
    other.electionOf('housekeeping').stand(work('other housekeeping'))
    await until('the house has another keeper', () => elected.length === 3)
    expect(elected).toEqual(['housekeeping', 'relay', 'other housekeeping'])
    await Promise.all([one.close(), other.close()])
  })

  it('tells those who listen of an entry once it is committed, in whichever process', async () => {
    const [writer, listener] = [await database.open(), await database.open()]
    let told = 0
    const stop = listener.notices(() => {
      told += 1
    })
    await until('it listens', () => told === 1)
    const session = await writer.driver.begin()
    await session.execute({ sql: "select pg_notify('tidings_outbox', '')", params: [] }, 'rows')
    await database.ask('select 1')
    expect(told).toBe(1)
    await session.commit()
    await until('it is told', () => told === 2)
    stop()
    await Promise.all([writer.close(), listener.close()])
  })
})
