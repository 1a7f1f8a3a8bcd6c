import { afterAll, describe, expect, it } from 'vitest'
import { createMemoryPushBus } from '../../src/adapters/memory/push.js'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { createSqlDirectory } from '../../src/adapters/sql/directory.js'
import type { OpenPostgres } from '../../src/adapters/sql/postgres/open.js'
import { createInbox } from '../../src/fan-out/inbox.js'
import type { CommandLog } from '../../src/ports/command-log.js'
import type { OutboxEntry } from '../../src/ports/directory.js'
import type { PushBus } from '../../src/ports/push.js'
import { commandIdOf } from '../../src/relay/command-id.js'
import { createRelay } from '../../src/relay/relay.js'
import type { Command, CommandResult } from '../../src/stream/command.js'
import { useService } from '../services/use-service.js'
import { until } from '../support/wait.js'
import { testDatabase } from './database.js'

const database = await testDatabase((await useService('postgres')).url)
afterAll(() => database.remove())

const ELECTED = `select pid from pg_locks join pg_database on pg_database.oid = pg_locks.database
  where locktype = 'advisory' and granted and datname = current_database()`

/** A log whose every command is folded at once: a repeat gets the first result. */
function foldingLog(bus: PushBus) {
  const appended: Command[] = []
  const results = new Map<string, CommandResult>()
  const log: Pick<CommandLog, 'append'> = {
    async append(commands) {
      for (const command of commands) {
        const { channelId, userId, clientMsgId, messageId, acceptedAt, origin } = command
        appended.push(command)
        const deduplicated = results.has(clientMsgId)
        const result = results.get(clientMsgId) ?? {
          status: 'accepted' as const,
          epoch: 1,
          channelSeq: results.size + 1,
          messageId,
          ts: acceptedAt,
        }
        results.set(clientMsgId, result)
        if (origin === undefined) throw new Error('a relayed command has an origin')
        const id = { channelId, userId, clientMsgId }
        const answers = [{ origin, id, result, deduplicated }]
        void bus.push(origin.processId, { channels: [], answers }).catch(() => undefined)
      }
      return commands.map(() => ({ status: 'appended' as const }))
    },
  }
  return { log, appended, results }
}

function startProcess(
  processId: string,
  open: OpenPostgres,
  bus: PushBus,
  log: Pick<CommandLog, 'append'>,
) {
  const directory = createSqlDirectory(open.driver, nodeEnvironment)
  const inbox = createInbox()
  const unregister = bus.register(processId, inbox)
  const relay = createRelay({
    environment: nodeEnvironment,
    directory,
    log,
    inbox,
    processId,
    bus,
    election: open.election,
    notices: open.notices,
    // so that nothing but a notice, or another process that asks, can be why it looks
    pollIntervalMs: 60_000,
    askIntervalMs: 200,
  })
  inbox.attachRelay(relay)
  return {
    directory,
    relay,
    async close() {
      await relay.close()
      unregister()
      await open.close()
    },
  }
}

function must(entry: OutboxEntry | undefined): OutboxEntry {
  if (entry === undefined) throw new Error('the change has an entry')
  return entry
}

describe('the relays of several processes over one directory on PostgreSQL', () => {
  it('R15: one brings what all have changed, in order, also when the elected one changes in between', async () => {
    const bus = createMemoryPushBus()
    const { log, appended, results } = foldingLog(bus)
    const processes = []
    for (const name of ['p1', 'p2', 'p3']) {
      processes.push(startProcess(name, await database.open(), bus, log))
    }
    const [first] = processes
    if (first === undefined) throw new Error('there are three')
    await first.directory.upsertWorkspace({ workspaceId: 'w' })
    const stored: Promise<void>[] = []
    const channelIds = ['a', 'b', 'c']
    for (const channelId of channelIds) {
      await first.directory.upsertChannel({ channelId, workspaceId: 'w', kind: 'public' })
    }
    for (let n = 0; n < 30; n++) {
      const { directory, relay } = processes[n % processes.length] ?? first
      const member = { userId: `u${n}`, role: 'member' } as const
      await directory.setWorkspaceMember({ workspaceId: 'w', ...member })
      const { entries } = await directory.setMember({
        channelId: channelIds[n % 2] ?? 'a',
        ...member,
      })
      for (const entry of entries) {
        stored.push(
          relay.stored(entry).then((result) => {
            expect(result).toEqual(results.get(commandIdOf(entry)))
          }),
        )
      }
      if (n % 10 === 5) {
        await until('one is elected', async () => (await database.ask(ELECTED)).length > 0)
        await database.ask(`select pg_terminate_backend(pid) from (${ELECTED}) as elected`)
      }
    }
    await Promise.all(stored)
    expect(results.size).toBe(30)
    for (const channelId of channelIds) {
      const ids = appended
        .filter((command) => command.channelId === channelId)
        .map((command) => Number.parseInt(command.clientMsgId.slice(1), 10))
      const firsts = [...new Set(ids)]
      expect(firsts).toEqual([...firsts].sort((a, b) => a - b))
    }
    await until(
      'all is done',
      async () => (await first.directory.outboxChannels({ limit: 1 })).length === 0,
    )
    await Promise.all(processes.map((process) => process.close()))
  })

  it('R15: the elected one hears of what a process has put there that died at once', async () => {
    const bus = createMemoryPushBus()
    const { log, results } = foldingLog(bus)
    const elected = startProcess('p1', await database.open(), bus, log)
    await until('it is elected', async () => (await database.ask(ELECTED)).length === 1)
    const dying = await database.open()
    const directory = createSqlDirectory(dying.driver, nodeEnvironment)
    await directory.upsertWorkspace({ workspaceId: 'w' })
    await directory.setWorkspaceMember({ workspaceId: 'w', userId: 'ada', role: 'owner' })
    const made = { channelId: 'd', workspaceId: 'w', kind: 'public', ownerId: 'ada' } as const
    const [entry] = (await directory.upsertChannel(made)).entries
    await dying.close()
    await until('it is brought', () => results.has(commandIdOf(must(entry))))
    await elected.close()
  })

  it('R15: what is changed after the database was restored to an older state is no repeat of what was lost', async () => {
    const bus = createMemoryPushBus()
    const { log, results } = foldingLog(bus)
    const renamed = async (processId: string, name: string) => {
      const { directory, relay, close } = startProcess(processId, await database.open(), bus, log)
      await directory.upsertWorkspace({ workspaceId: 'w' })
      await directory.upsertChannel({ channelId: 'e', workspaceId: 'w', kind: 'public' })
      const entry = must((await directory.renameChannel('e', name)).entries[0])
      const result = await relay.stored(entry)
      await close()
      return { entry, result }
    }
    const lost = await renamed('p1', 'before')
    // the numbers go back with the rows
    await database.ask(
      `alter table tidings.outbox alter column entry_id restart with ${lost.entry.entryId}`,
    )
    const later = await renamed('p2', 'after')
    expect(later.entry.entryId).toBe(lost.entry.entryId)
    expect(results.size).toBe(2)
    expect(later.result).toMatchObject({ status: 'accepted', channelSeq: 2 })
  })
})
