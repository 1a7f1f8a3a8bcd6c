import { Redis } from 'ioredis'
import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { useService } from './use-service.js'

const { url } = await useService('postgres')
const redis = await useService('redis')

describe('services of a test run', () => {
  const client = new Redis(redis.url)
  afterAll(() => client.quit())

  it('answer at the addresses that a file is given', async () => {
    const connection = new pg.Client({ connectionString: url })
    await connection.connect()
    const { rows } = await connection.query('SELECT 1 AS one')
    await connection.end()
    expect(rows).toEqual([{ one: 1 }])
    expect(await client.ping()).toBe('PONG')
  })

  it('are the same ones for everybody who asks', async () => {
    expect(await useService('redis')).toEqual(redis)
  })
})
