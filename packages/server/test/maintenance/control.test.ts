import { stat } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { readOwnerNote } from '../../src/adapters/sql/sqlite/data-dir.js'
import type { OpenDataDir } from '../../src/adapters/sql/sqlite/open.js'
import { backup } from '../../src/maintenance/backup.js'
import { askOwner, startControl } from '../../src/maintenance/control.js'
import { MaintenanceError } from '../../src/maintenance/errors.js'
import { inDataDir } from '../sql/data-dir.js'
import { until } from '../support/wait.js'

const environment = nodeEnvironment

const controlled = (data: OpenDataDir) =>
  startControl(
    data,
    {
      status: () => ({ pid: process.pid, generation: data.installation.generation, health: 'up' }),
      backup: (options) => backup(data, { ...options, environment }),
    },
    environment,
  )

describe('the owner of a data folder', () => {
  it(
    'says how it is, to this user alone',
    inDataDir(async (dataDir) => {
      const data = await dataDir.open()
      const control = await controlled(data)
      const status = await askOwner(dataDir.path, { verb: 'status' })
      expect(status).toEqual({ pid: process.pid, generation: 1, health: 'up' })
      const path = (await readOwnerNote(dataDir.path))?.control ?? ''
      expect((await stat(path)).mode & 0o777).toBe(0o600)
      expect((await stat(join(path, '..'))).mode & 0o777).toBe(0o700)
      await control.close()
    }),
  )

  it(
    'makes a backup when it is asked for one, and says how far it is',
    inDataDir(async (dataDir) => {
      const data = await dataDir.open()
      const control = await controlled(data)
      const to = join(dataDir.path, 'backup')
      const progress: unknown[] = []
      const done = await askOwner(
        dataDir.path,
        { verb: 'backup', to },
        { onProgress: (now) => progress.push(now) },
      )
      expect(done).toMatchObject({ format: 1, generation: 1 })
      expect(progress.length).toBeGreaterThan(0)
      const again = askOwner(dataDir.path, { verb: 'backup', to })
      await expect(again).rejects.toThrow(/is not empty/)
      await expect(again).rejects.toMatchObject({ remedy: expect.stringContaining('empty folder') })
      await control.close()
    }),
  )

  it(
    'stops a backup when the caller hangs up',
    inDataDir(async (dataDir) => {
      const data = await dataDir.open()
      let stopped = false
      const control = await startControl(
        data,
        {
          status: () => ({ pid: 0, generation: 0, health: '' }),
          backup: ({ signal, onProgress }) => {
            onProgress({ copied: 1, total: 2 })
            return new Promise((_, reject) => {
              signal.addEventListener('abort', () => {
                stopped = true
                reject(new Error('stopped'))
              })
            })
          },
        },
        environment,
      )
      const abort = new AbortController()
      const asked = askOwner(
        dataDir.path,
        { verb: 'backup', to: '/nowhere' },
        { signal: abort.signal, onProgress: () => abort.abort(new Error('enough')) },
      )
      await expect(asked).rejects.toThrow('enough')
      await until('the backup is stopped', () => stopped)
      await control.close()
    }),
  )

  it(
    'does not answer when it is not there, whether it has closed or was killed',
    inDataDir(async (dataDir) => {
      const ask = () => askOwner(dataDir.path, { verb: 'status' })
      await expect(ask()).rejects.toMatchObject({ code: 'no_owner' })
      const data = await dataDir.open()
      await expect(ask()).rejects.toMatchObject({ code: 'no_owner' })
      const control = await controlled(data)
      await control.close()
      await expect(ask()).rejects.toMatchObject({ code: 'no_owner' })
      await data.close()
      await expect(ask()).rejects.toBeInstanceOf(MaintenanceError)
    }),
  )

  it(
    'I7: refuses nonsense, what never ends, and more callers than a few',
    inDataDir(async (dataDir) => {
      const data = await dataDir.open()
      const control = await controlled(data)
      const path = (await readOwnerNote(dataDir.path))?.control ?? ''
      const answerTo = (text: string) =>
        new Promise<string>((resolve) => {
          let answer = ''
          const socket = createConnection(path, () => socket.write(text))
          socket.setEncoding('utf8').on('data', (chunk) => {
            answer += chunk
          })
          socket.on('close', () => resolve(answer))
        })
      expect(await answerTo('hello\n')).toContain('does not know')
      expect(await answerTo('{"verb":"drop"}\n')).toContain('does not know')
      expect(await answerTo('x'.repeat(70_000))).toContain('does not know')
      const idle = Array.from({ length: 6 }, () => createConnection(path))
      const closed = idle.map((socket) => new Promise((resolve) => socket.on('close', resolve)))
      await Promise.race(closed)
      for (const socket of idle) socket.destroy()
      await control.close()
    }),
  )

  it(
    'is reached also where the path of the folder is longer than a socket may have',
    inDataDir(async (dataDir) => {
      const path = join(dataDir.path, 'long'.repeat(20), 'longer'.repeat(10))
      const data = await dataDir.open({ dataDir: path })
      const control = await controlled(data)
      expect(await askOwner(path, { verb: 'status' })).toMatchObject({ health: 'up' })
      await control.close()
    }),
  )
})
