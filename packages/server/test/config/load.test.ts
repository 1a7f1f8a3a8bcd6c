import { describe, expect, it } from 'vitest'
import { readArguments, UsageError } from '../../src/commands/arguments.js'
import { helpText } from '../../src/commands/help.js'
import { FIELDS } from '../../src/config/fields.js'
import {
  ConfigError,
  environmentSources,
  flagOf,
  loadConfig,
  variableOf,
} from '../../src/config/load.js'
import { unsupportedNode } from '../../src/config/node-version.js'

const errorOf = (run: () => unknown): unknown => {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe('configuration', () => {
  it('has a default for every field that its own schema accepts', () => {
    const config = loadConfig()
    for (const [name, field] of Object.entries(FIELDS)) {
      expect(field.schema.safeParse(config[name as keyof typeof config]).success, name).toBe(true)
    }
  })

  it('lets a later source win over an earlier one', () => {
    const config = loadConfig(
      { name: 'the file a.json', values: { port: 1, host: 'a.example' } },
      ...environmentSources({ TIDINGS_PORT: '2', TIDINGS_LOG_LEVEL: 'warn', HOME: '/nowhere' }),
      ...readArguments(['--port', '3']).settings,
    )
    expect(config).toMatchObject({ port: 3, host: 'a.example', logLevel: 'warn' })
  })

  it('names the field, the source and what is allowed when a value is wrong', () => {
    const error = errorOf(() => loadConfig(...environmentSources({ TIDINGS_PORT: 'eighty' })))
    expect(error).toBeInstanceOf(ConfigError)
    expect(error).toMatchObject({ field: 'port' })
    expect(String(error)).toContain('the environment variable TIDINGS_PORT')
    expect(String(error)).toContain('a whole number from 0 to 65535')
  })

  it.each([
    [{ prot: 1 }, 'prot'],
    [{ authSecret: 'short' }, 'authSecret'],
    [{ serverKeys: ['short'] }, 'serverKeys'],
    [{ authJwksUrl: 'ftp://keys.example' }, 'authJwksUrl'],
    [{ corsOrigins: ['https://app.example/path'] }, 'corsOrigins'],
    [{ corsOrigins: ['capacitor://localhost/'] }, 'corsOrigins'],
    [{ corsOrigins: ['capacitor:localhost'] }, 'corsOrigins'],
    [{ corsOrigins: ['file://'] }, 'corsOrigins'],
    [{ corsOrigins: ['null'] }, 'corsOrigins'],
    [{ roles: [] }, 'roles'],
    [{ roles: ['cook'] }, 'roles'],
    [{ port: 1.5 }, 'port'],
    [{ basePath: 'chat' }, 'basePath'],
    // clients resolve these before they ask
    [{ basePath: '/chat/../inner' }, 'basePath'],
    [{ basePath: '/.' }, 'basePath'],
    [{ dataDir: 'a\0b' }, 'dataDir'],
  ])('refuses %j and names %s', (values, field) => {
    expect(errorOf(() => loadConfig({ name: 'the file', values }))).toMatchObject({ field })
  })

  it('takes origins of any scheme: those of applications have one of their own', () => {
    const corsOrigins = ['https://app.example', 'capacitor://localhost', 'tauri://localhost']
    expect(loadConfig({ name: 'the file', values: { corsOrigins } }).corsOrigins).toEqual(
      corsOrigins,
    )
  })

  it('never repeats a secret in an error', () => {
    const error = errorOf(() =>
      loadConfig(...environmentSources({ TIDINGS_AUTH_SECRET: 'hunter2' })),
    )
    expect(String(error)).not.toContain('hunter2')
  })

  it('hints at the right spelling of a misspelt field', () => {
    const error = errorOf(() => loadConfig({ name: 'the file', values: { data_dir: '.' } }))
    expect(String(error)).toContain('dataDir')
  })

  it('tells every setting with flag, variable and default in --help', () => {
    const help = helpText('serve')
    for (const name of Object.keys(FIELDS)) {
      expect(help).toContain(flagOf(name))
      expect(help).toContain(variableOf(name))
    }
  })

  it('refuses unknown flags and stray arguments in one sentence', () => {
    expect(errorOf(() => readArguments(['--prot', '1']))).toBeInstanceOf(UsageError)
    expect(errorOf(() => readArguments(['check', 'this']))).toBeInstanceOf(UsageError)
  })
})

describe('the Node version', () => {
  it.each(['22.13.0', '22.20.1', '24.0.0', '26.9.0'])('does with %s', (version) => {
    expect(unsupportedNode(version)).toBeUndefined()
  })
  it.each(['18.20.0', '20.20.2', '22.12.0'])('says what to install instead of %s', (version) => {
    expect(unsupportedNode(version)).toContain('install Node 24')
  })
})
