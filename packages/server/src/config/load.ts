import { checkCluster, type Fail } from './cluster-checks.js'
import { type Config, FIELDS, type Field, type FieldName } from './fields.js'
import { protocolOf } from './protocol-of.js'
import { isLongEnough } from './secret.js'

/** Where a value came from, as an error names it. */
export interface Source {
  readonly name: string
  readonly values: Readonly<Record<string, unknown>>
  /** Values are written as text and are read by the field's kind. */
  readonly text?: boolean
}

/** A setting is wrong: names the field, where its value came from, and what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  constructor(
    readonly field: string,
    readonly source: string,
    readonly allowed: string,
    problem = 'is not valid',
  ) {
    super(`${field} (from ${source}) ${problem}: it must be ${allowed}.`)
  }
}

const ALL_ROLES = ['api', 'gateway', 'sequencer'] as const
/** What devLogin must be in production. */
export const NO_DEV_LOGIN = 'false there, with authSecret or authJwksUrl instead'

const NAMES = Object.keys(FIELDS) as FieldName[]
const isName = (name: string): name is FieldName => Object.hasOwn(FIELDS, name)

export const flagOf = (name: string): string =>
  `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
export const variableOf = (name: string): string =>
  `TIDINGS_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`

/** Merges the sources over the defaults, the later over the earlier, and checks every value, for who serves. */
export function loadConfig(...sources: readonly Source[]): Config {
  const config = loadUnserved(...sources)
  checkServing(config, failing(sources))
  return config
}

/** The same for who serves nobody: what makes a server refuse to start says nothing against a look at its data. */
export function loadUnserved(...sources: readonly Source[]): Config {
  const config: Record<string, unknown> = {}
  for (const name of NAMES) config[name] = FIELDS[name].default
  for (const source of sources) {
    for (const [name, raw] of Object.entries(source.values)) {
      if (raw === undefined) continue
      if (!isName(name)) throw unknownField(name, source.name)
      config[name] = readField(name, raw, source)
    }
  }
  const loaded = config as Config
  checkCluster(loaded, failing(sources))
  return loaded
}

/** The fields that the environment names; an unknown TIDINGS_ variable is not ours to judge. */
export function environmentSources(
  variables: Readonly<Record<string, string | undefined>>,
): readonly Source[] {
  return NAMES.flatMap((name) => {
    const variable = variableOf(name)
    const value = variables[variable]
    return value === undefined
      ? []
      : [{ name: `the environment variable ${variable}`, values: { [name]: value }, text: true }]
  })
}

function readField(name: FieldName, raw: unknown, source: Source): unknown {
  const field: Field<unknown> = FIELDS[name]
  const value = source.text === true && typeof raw === 'string' ? fromText(field, raw) : raw
  const checked = field.schema.safeParse(value)
  if (!checked.success) throw new ConfigError(name, source.name, field.allowed)
  return checked.data
}

function fromText(field: Field<unknown>, text: string): unknown {
  switch (field.kind) {
    case 'integer':
    case 'number':
      return text.trim() === '' ? text : Number(text)
    case 'boolean':
      return text === 'true' || text === '1'
        ? true
        : text === 'false' || text === '0'
          ? false
          : text
    case 'list':
    case 'secrets':
      return text.split(',').map((part) => part.trim())
    default:
      return text
  }
}

const failing =
  (sources: readonly Source[]): Fail =>
  (name, problem, allowed = FIELDS[name].allowed) => {
    throw new ConfigError(name, sourceOf(name, sources), allowed, problem)
  }

/** Who is let in, from where, and by which parts. */
function checkServing(config: Config, fail: Fail): void {
  if (config.log === 'memory') checkRoles(config, fail)
  if (config.devLogin && process.env.NODE_ENV === 'production')
    fail('devLogin', 'refuses to run when NODE_ENV is production', NO_DEV_LOGIN)
  if (config.authSecret !== undefined && !isLongEnough(config.authSecret))
    fail('authSecret', 'is too short')
  if (!config.serverKeys.every(isLongEnough)) fail('serverKeys', 'holds a key that is too short')
  if (config.serverKeys.some((key) => /[^\x21-\x7e]/.test(key)))
    fail('serverKeys', 'holds a key with a space or a character that no header can carry')
  if (config.authJwksUrl !== undefined && !/^https?:$/.test(protocolOf(config.authJwksUrl))) {
    fail('authJwksUrl', 'is not an address')
  }
  for (const origin of config.corsOrigins) {
    if (origin !== '*' && !isOrigin(origin)) fail('corsOrigins', `holds “${origin.slice(0, 100)}”`)
  }
}

/** The embedded server is one process: whoever takes a role away takes the promise away. */
function checkRoles(config: Config, fail: Fail): void {
  const missing = ALL_ROLES.filter((role) => !config.roles.includes(role))
  if (missing.length === 0) return
  const allowed = 'api, gateway and sequencer together, as long as the data lies in dataDir'
  fail('roles', `leaves out ${missing.join(' and ')}`, allowed)
}

/** What applications name that bring their own scheme, such as capacitor://localhost. */
const OWN_SCHEME = /^(?!file:)[a-z][a-z\d+.-]*:\/\/[\w.:-]+$/i

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { origin } = new URL(text)
  return origin === 'null' ? OWN_SCHEME.test(text) : origin === text
}

function sourceOf(name: FieldName, sources: readonly Source[]): string {
  return sources.findLast((source) => source.values[name] !== undefined)?.name ?? 'the default'
}

function unknownField(name: string, source: string): ConfigError {
  const near = NAMES.find(
    (known) => known.toLowerCase() === name.toLowerCase().replace(/[-_]/g, ''),
  )
  const hint = near === undefined ? 'one of the settings that --help lists' : `written ${near}`
  return new ConfigError(name.slice(0, 64), source, hint, 'is not a setting')
}
