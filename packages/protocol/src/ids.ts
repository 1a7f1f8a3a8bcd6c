/** Opaque, at most 64 UTF-16 units, no control characters, well-formed Unicode, none of `.`, `..`, `__proto__`. */
export type Id = string
export type ChannelId = Id
export type UserId = Id
export type WorkspaceId = Id
/** A Snowflake in decimal. Unique; says nothing of order, which is `channel_seq` alone. */
export type MessageId = Id
/** Made by the client before the first try, the same on every retry (I3). */
export type ClientMsgId = Id
/** Gapless from 1 inside one channel and epoch (I2). */
export type ChannelSeq = number

/** The version of the wire that this package speaks. */
export const PROTOCOL_VERSION = 1
/** The WebSocket subprotocol of version 1. */
export const SUBPROTOCOL = 'tidings.v1'
/** An offered subprotocol that carries a token: this prefix and the token in base64url. */
export const TOKEN_SUBPROTOCOL_PREFIX = 'tidings.token.'
/** Ids of commands made by the server itself begin so; no client can send one (R15). */
export const SERVER_ID_PREFIX = '~'

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f]/

// A path segment cannot carry the dots through a URL, an object cannot carry the other as a key.
const NOT_IDS: ReadonlySet<string> = new Set(['.', '..', '__proto__'])

/** In `LIMITS` too; here so that a bundle which only checks ids does not hold the whole table. */
export const ID_MAX_UNITS = 64

/** True if a value is an id that every part of the system can carry unchanged. */
export function isId(value: unknown): value is Id {
  return (
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= ID_MAX_UNITS &&
    !CONTROL.test(value) &&
    !NOT_IDS.has(value) &&
    value.isWellFormed()
  )
}
