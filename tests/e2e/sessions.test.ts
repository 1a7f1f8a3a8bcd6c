import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type System, startSystem } from './support/system.js'
import { eventually } from './support/watch.js'

let system: System
beforeEach(async () => {
  system = await startSystem()
}, 120_000)
afterEach(() => system.end(), 120_000)

describe('a client whose session is ended', { timeout: 120_000 }, () => {
  it.each([
    { what: 'as at logout', refuseForMs: undefined, code: 'closed' },
    { what: 'because its user is shut out', refuseForMs: 60_000, code: 'forbidden' },
  ])('$what stops, and does not come back by itself', async ({ refuseForMs, code }) => {
    const { client, tokensAsked } = system.device('ada')
    await eventually(() => expect(client.status).toBe('connected'))
    await system.endSessions('ada', refuseForMs === undefined ? {} : { refuseForMs })
    await eventually(() => expect(client.status).toBe('closed'))
    expect(client.reason).toMatchObject({ code })
    expect(tokensAsked()).toHaveLength(1)
  })
})
