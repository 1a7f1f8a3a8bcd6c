import { createHmac } from 'node:crypto'

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A JWT (HS256), as a platform would make it for its users. */
export function tokenOf(secret: string, userId: string, lifeMs: number): string {
  const payload = { sub: userId, exp: Math.floor((Date.now() + lifeMs) / 1000) }
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(payload)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}
