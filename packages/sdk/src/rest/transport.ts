import { isId, type RestFailure } from '@tidings/protocol'
import { backOffMs } from '../connection/back-off.js'
import { askToken, type GetToken } from '../connection/token.js'
import type { Environment } from '../environment/port.js'
import {
  abortedError,
  errorOfFrame,
  invalidArgument,
  TidingsError,
  timeoutError,
} from '../errors.js'
import { onAbort } from '../turn.js'

export interface CallOptions {
  /** Ends the call; its error says what is known of the outcome. */
  readonly signal?: AbortSignal | undefined
}

export interface Call extends CallOptions {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Parts of the path; each is escaped. */
  readonly path: readonly (string | number)[]
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined
  readonly body?: object | undefined
  /** The same call twice does what it does once: it may be tried again with an unknown outcome. */
  readonly idempotent: boolean
}

export interface TransportOptions {
  readonly url: string
  readonly getToken: GetToken
  readonly retries: number
  readonly timeoutMs: number
  readonly fetch: typeof globalThis.fetch
  readonly environment: Environment
}

export type Transport = <T>(call: Call) => Promise<T>

type Answer<T> =
  | { readonly data: T }
  | { readonly data: null; readonly error: RestFailure['error'] }

/** HTTP with what every call needs: the token, a deadline, retries that cannot do a thing twice. */
export function createTransport(options: TransportOptions): Transport {
  const { environment, retries, getToken, timeoutMs } = options
  let token: Promise<string> | undefined

  /** Whatever goes wrong here, nothing was sent yet. */
  const askOnce = (reason: 'initial' | 'rejected'): Promise<string> =>
    new Promise<string>((resolve, reject) => {
      let end = (): void => {}
      const timer = environment.setTimer(() => {
        end()
        fail(timeoutError('token', timeoutMs))
      }, timeoutMs)
      const fail = (cause: TidingsError): void => {
        environment.clearTimer(timer)
        const { code, retryable } = cause
        const message = `getToken gave no token (${code}).`
        const { retryAfterMs } = cause
        const outcome = 'not_sent'
        reject(
          retryable ? new TidingsError(code, message, { outcome, retryAfterMs, cause }) : cause,
        )
      }
      const got = (given: string): void => {
        environment.clearTimer(timer)
        resolve(given)
      }
      end = askToken(getToken, reason, got, fail)
    })

  const tokenFor = (reason: 'initial' | 'rejected'): Promise<string> => {
    token ??= askOnce(reason)
    token.catch(() => {
      token = undefined
    })
    return token
  }

  return async <T>(call: Call): Promise<T> => {
    let renewed = false
    /** A try went without an answer: what the next says is not said of it. */
    let doubt = false
    for (let attempt = 0; ; attempt++) {
      const used = token ?? tokenFor('initial')
      try {
        return await once<T>(options, call, await unlessAborted(used, call))
      } catch (cause) {
        const error = TidingsError.from(cause, 'unavailable')
        const refused = error.code === 'unauthorized' || error.code === 'token_expired'
        if (refused && !renewed && !error.stopsRetrying) {
          renewed = true
          // Somebody else may have renewed it meanwhile.
          if (token === used) token = undefined
          void tokenFor('rejected')
          continue
        }
        const harmless = call.idempotent || error.outcome === 'not_sent'
        if (!error.retryable || !harmless || attempt >= retries) {
          throw doubt && error.outcome === 'not_sent' ? inDoubt(error) : error
        }
        doubt ||= error.outcome === 'unknown'
        await pause(environment, backOffMs(attempt, environment.random(), error.retryAfterMs), call)
      }
    }
  }
}

const inDoubt = (cause: TidingsError): TidingsError => {
  const { code, retryable, retryAfterMs } = cause
  const message = 'It was tried before, and nobody knows what came of that.'
  return new TidingsError(code, message, { outcome: 'unknown', retryable, retryAfterMs, cause })
}

/** Other calls may go on waiting for it. */
function unlessAborted<T>(promise: Promise<T>, { signal }: CallOptions): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) throw abortedError()
    const off = onAbort(signal, () => reject(abortedError()))
    promise.then(resolve, reject).finally(off)
  })
}

async function once<T>(options: TransportOptions, call: Call, token: string): Promise<T> {
  const { environment, timeoutMs } = options
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  const timer = environment.setTimer(abort, timeoutMs)
  call.signal?.addEventListener('abort', abort)
  try {
    const response = await options.fetch(addressOf(options.url, call), {
      method: call.method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(call.body && { 'content-type': 'application/json' }),
      },
      body: call.body && JSON.stringify(call.body),
      signal: controller.signal,
    })
    return dataOf<T>(response, await response.text())
  } catch (cause) {
    if (cause instanceof TidingsError) throw cause
    const outcome = call.method === 'GET' ? 'not_sent' : 'unknown'
    if (call.signal?.aborted) {
      throw new TidingsError('aborted', 'The caller aborted it.', { outcome, cause })
    }
    const text = controller.signal.aborted ? `within ${timeoutMs} ms` : 'from the server'
    const code = controller.signal.aborted ? 'timeout' : 'unavailable'
    throw new TidingsError(code, `No answer came ${text}.`, { outcome, cause })
  } finally {
    environment.clearTimer(timer)
    call.signal?.removeEventListener('abort', abort)
  }
}

function addressOf(url: string, { path, query = {} }: Call): string {
  for (const part of path) {
    if (typeof part === 'string' && !isId(part)) {
      throw invalidArgument('An id must have 1 to 64 characters, none of them a control character.')
    }
  }
  const address = new URL(`${url.replace(/\/+$/, '')}/${path.map(encodeURIComponent).join('/')}`)
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) address.searchParams.set(name, String(value))
  }
  return address.href
}

function dataOf<T>(response: Response, text: string): T {
  let answer: Answer<T> | undefined
  try {
    answer = JSON.parse(text) as Answer<T>
  } catch {
    // What is no JSON comes from something between us and the server.
  }
  if (response.ok && answer && 'data' in answer && answer.data !== null) return answer.data
  const error = answer && 'error' in answer ? answer.error : undefined
  if (typeof error?.code === 'string') {
    throw errorOfFrame({ ...error, message: `${error.message} (request ${error.request_id})` })
  }
  const code = response.status === 429 ? 'rate_limited' : 'unavailable'
  const retryAfterS = Number(response.headers.get('retry-after') ?? Number.NaN)
  throw new TidingsError(code, `The answer was HTTP ${response.status} without a known form.`, {
    retryAfterMs: retryAfterS >= 0 ? retryAfterS * 1_000 : undefined,
  })
}

/** Waits, unless the caller loses patience first. */
function pause(environment: Environment, delayMs: number, { signal }: CallOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      environment.clearTimer(timer)
      reject(new TidingsError('aborted', 'The caller aborted it.', { outcome: 'unknown' }))
    }
    const timer = environment.setTimer(() => {
      signal?.removeEventListener('abort', abort)
      resolve()
    }, delayMs)
    signal?.addEventListener('abort', abort)
  })
}
