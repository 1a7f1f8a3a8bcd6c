import { type ChildProcess, fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { isAlive } from './support/alive.js'
import { until } from './support/until.js'

const script = fileURLToPath(new URL('./support/parent.ts', import.meta.url))

interface Told {
  folder?: string
  pids?: number[]
}

describe('services whose parent ends', () => {
  const parents: ChildProcess[] = []
  afterEach(() => {
    for (const parent of parents.splice(0)) parent.kill('SIGKILL')
  })

  function startParent() {
    const parent = fork(script, { execArgv: ['--import', 'tsx'], stdio: 'ignore' })
    parents.push(parent)
    const told: Told = {}
    parent.on('message', (message: Told) => Object.assign(told, message))
    return { parent, told }
  }

  const endings: Readonly<Record<string, (parent: ChildProcess) => void>> = {
    'by kill -9': (parent) => parent.kill('SIGKILL'),
    'by SIGTERM': (parent) => parent.kill('SIGTERM'),
    'by SIGINT': (parent) => parent.kill('SIGINT'),
    'by process.exit': (parent) => parent.send('exit'),
    'by an uncaught error': (parent) => parent.send('throw'),
  }

  it.for(Object.keys(endings))('end with it: %s', async (how) => {
    const { parent, told } = startParent()
    await until('its services are up', () => told.pids !== undefined)
    const { pids = [], folder = '' } = told
    expect(pids.map(isAlive)).toEqual([true, true])
    endings[how]?.(parent)
    await until('its services are gone', () => !pids.some(isAlive))
    await until('their data is gone', () => !existsSync(folder))
  })

  it('end with it also while they start', async () => {
    const { parent, told } = startParent()
    parent.once('message', () => parent.kill('SIGKILL'))
    await until('it has begun', () => told.folder !== undefined)
    await until('their data is gone', () => !existsSync(told.folder ?? ''))
    expect(told.pids).toBeUndefined()
  })
})
