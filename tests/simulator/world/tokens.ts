import { AuthError, type Authenticator } from '../../../packages/server/src/auth/port.js'
import type { Process } from './process.js'

/** Tokens of a world: who, until when by the servers' clock, and a number that makes each another one. */
export class Tokens {
  #count = 0
  #authenticatorDown = 0
  /** So many of the next questions of clients fail, or are answered with an old token. */
  #failGets = 0
  #oldGets = 0

  constructor(
    private readonly serverNow: () => number,
    private readonly lifeMs: number,
    private readonly onFault: (kind: 'auth_down' | 'token_failed' | 'token_old') => void,
  ) {}

  failAuthentications(calls: number): void {
    this.#authenticatorDown = calls
  }

  failGets(calls: number): void {
    this.#failGets = calls
  }

  giveOld(calls: number): void {
    this.#oldGets = calls
  }

  heal(): void {
    this.#authenticatorDown = 0
    this.#failGets = 0
    this.#oldGets = 0
  }

  /** What the application's own server answers its page. */
  get(userId: string): string {
    if (this.#failGets > 0) {
      this.#failGets -= 1
      this.onFault('token_failed')
      throw new Error('the application does not answer')
    }
    let expiresAt = this.serverNow() + this.lifeMs
    if (this.#oldGets > 0) {
      this.#oldGets -= 1
      this.onFault('token_old')
      expiresAt = this.serverNow() - 1
    }
    this.#count += 1
    return `${userId}.${expiresAt}.${this.#count}`
  }

  authenticator(process: Process): Authenticator {
    return {
      authenticate: (token) =>
        process.ask(1, () => {
          if (this.#authenticatorDown > 0) {
            this.#authenticatorDown -= 1
            this.onFault('auth_down')
            throw new Error('the keys cannot be had')
          }
          const [userId, expiresAt, tokenId] = token.split('.')
          if (userId === undefined || tokenId === undefined) {
            throw new AuthError('unauthorized', 'This is no token.')
          }
          return { userId, expiresAt: Number(expiresAt), tokenId }
        }),
    }
  }
}
