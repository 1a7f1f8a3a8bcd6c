import { ConfigError } from './load.js'
import { protocolOf } from './protocol-of.js'
import { isLongEnough, LONG_ENOUGH } from './secret.js'

const SOURCE = 'the options of createServer'
const TOKENS = 'a function, { secret } or { jwksUrl }'
const CHECKS = ['issuer', 'audience', 'userIdClaim']
const HOOKS = ['authorize', 'beforeAccept', 'afterStored']
const SOME_HOOKS = `an object of ${HOOKS.join(', ')}`
const LOG_METHODS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'child']

/**
 * Refuses what only code can give where it cannot work, before anything is opened. A name that nobody reads is
 * refused too: a misspelt hook or check would let everything pass. Throws ConfigError.
 */
export function checkEmbeddedOptions(options: {
  readonly authenticate?: unknown
  readonly hooks?: unknown
  readonly logger?: unknown
}): void {
  const { authenticate, hooks, logger } = options
  if (authenticate !== undefined && typeof authenticate !== 'function') {
    checkTokens(recordOf('authenticate', authenticate, TOKENS))
  }
  if (hooks !== undefined) checkHooks(recordOf('hooks', hooks, SOME_HOOKS))
  if (logger !== undefined) {
    const given = recordOf('logger', logger, 'a logger of pino')
    const isLogger = LOG_METHODS.every((method) => typeof given[method] === 'function')
    check(isLogger, 'logger', 'a logger of pino')
  }
}

function checkTokens(authenticate: Record<string, unknown>): void {
  const { secret, jwksUrl } = authenticate
  checkNames('authenticate', authenticate, ['secret', 'jwksUrl', ...CHECKS])
  check((secret === undefined) !== (jwksUrl === undefined), 'authenticate', TOKENS)
  const isSecret = secret === undefined || (typeof secret === 'string' && isLongEnough(secret))
  check(isSecret, 'authenticate.secret', LONG_ENOUGH)
  const isAddress =
    jwksUrl === undefined || (typeof jwksUrl === 'string' && /^https?:$/.test(protocolOf(jwksUrl)))
  check(isAddress, 'authenticate.jwksUrl', 'an http or https address')
  for (const name of CHECKS) {
    const value = authenticate[name]
    const isText = value === undefined || (typeof value === 'string' && value !== '')
    check(isText, `authenticate.${name}`, 'a text')
  }
}

function checkHooks(hooks: Record<string, unknown>): void {
  const prototype: unknown = Object.getPrototypeOf(hooks)
  // of a plain object, or of a module, all of it is meant; an instance of a class may have fields of its own
  if (prototype === Object.prototype || prototype === null) checkNames('hooks', hooks, HOOKS)
  else
    check(
      HOOKS.some((name) => hooks[name] !== undefined),
      'hooks',
      SOME_HOOKS,
    )
  for (const name of HOOKS) {
    const isHook = hooks[name] === undefined || typeof hooks[name] === 'function'
    check(isHook, `hooks.${name}`, 'a function')
  }
}

function checkNames(
  option: string,
  given: Record<string, unknown>,
  known: readonly string[],
): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name))
  if (unknown === undefined) return
  const field = `${option}.${unknown.slice(0, 64)}`
  throw new ConfigError(field, SOURCE, `one of ${known.join(', ')}`, 'is not known')
}

function recordOf(field: string, value: unknown, allowed: string): Record<string, unknown> {
  check(typeof value === 'object' && value !== null, field, allowed)
  return value as Record<string, unknown>
}

function check(isValid: boolean, field: string, allowed: string): void {
  if (!isValid) throw new ConfigError(field, SOURCE, allowed)
}
