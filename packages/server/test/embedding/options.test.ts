import { describe, expect, it } from 'vitest'
import { ConfigError, createServer, type ServerOptions } from '../../src/index.js'
import { TEST_OPTIONS } from '../support/server.js'

const SECRET = 'a secret of more than thirty-two characters'
/** What `import * as hooks` gives is an object of this kind. */
const misspeltModule = Object.assign(Object.create(null), { authorise: () => false })
const jwksUrl = 'https://id.example.com/keys.json'

describe('what only code can give', () => {
  it.each<[string, string, unknown]>([
    ['authenticate', 'nothing at all', null],
    ['authenticate', 'a text', SECRET],
    ['authenticate', 'neither a secret nor an address', {}],
    ['authenticate', 'both', { secret: SECRET, jwksUrl }],
    ['authenticate.jwksURL', 'a name that nobody reads', { jwksURL: jwksUrl }],
    ['authenticate.userIdClame', 'a misspelt check', { secret: SECRET, userIdClame: 'id' }],
    ['authenticate.secret', 'a secret that can be guessed', { secret: 'short' }],
    ['authenticate.jwksUrl', 'no address', { jwksUrl: 'keys.json' }],
    ['authenticate.issuer', 'an issuer that is no text', { secret: SECRET, issuer: 5 }],
    ['authenticate.audience', 'an audience that is empty', { secret: SECRET, audience: '' }],
    ['hooks', 'no object', null],
    ['hooks', 'a map', new Map([['authorize', () => false]])],
    ['hooks', 'a list', [() => false]],
    ['hooks', 'an instance without a hook', new (class Hooks {})()],
    ['hooks.authorise', 'a hook that nobody calls', { authorise: () => false }],
    ['hooks.authorise', 'an export that nobody calls', misspeltModule],
    ['hooks.authorize', 'no function', { authorize: true }],
    ['logger', 'no logger', { info() {} }],
  ])('names %s where it is %s, and opens nothing', async (field, _what, value) => {
    const name = field.split('.', 1)[0] ?? ''
    const options = { ...TEST_OPTIONS, dataDir: '/dev/null/never', [name]: value } as ServerOptions
    const failed = await createServer(options).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(ConfigError)
    expect((failed as ConfigError).field).toBe(field)
  })
})
