import * as z from 'zod/mini'
import { clusterFields } from './cluster-fields.js'
import { type Field, field, flag, integer, list, optionalText } from './field.js'
import { LONG_ENOUGH } from './secret.js'

export type { Field, FieldKind } from './field.js'

const role = z.enum(['api', 'gateway', 'sequencer'])

/**
 * Every setting of a server, once: the schema that validates it, its default, its help. A name in a file
 * is as written here; the environment variable is TIDINGS_ and the name in capitals; the flag is the
 * name with dashes.
 */
export const FIELDS = {
  dataDir: field(
    'string',
    z.string().check(
      z.minLength(1),
      z.refine((path) => !path.includes('\0')),
    ),
    './tidings-data',
    'a folder that this process may write',
    'Where the embedded server keeps its data. One process owns it at a time.',
  ),
  host: field(
    'string',
    z.string().check(z.minLength(1)),
    '127.0.0.1',
    'a host name or address of this machine',
    'The address to listen on.',
  ),
  port: integer(0, 65_535, 8080, 'The port to listen on; 0 takes a free one.', 'port number'),
  basePath: field(
    'string',
    z.string().check(z.regex(/^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._~-]+)*$/)),
    '',
    'empty, or a path such as /chat',
    'A path before /v1, when the server lives inside another.',
  ),
  trustProxy: integer(
    0,
    16,
    0,
    'How many proxies stand in front: the client address is taken from X-Forwarded-For, counted from the right. 0 trusts nobody.',
    'proxies',
  ),
  corsOrigins: list(
    'a list of origins such as https://app.example.com, or *',
    'Origins whose pages may call the API and open sockets. Same origin is always allowed.',
  ),
  authSecret: optionalText(LONG_ENOUGH, 'Shared secret of the tokens (JWT, HS256).', 'secret'),
  authJwksUrl: optionalText(
    'an http or https address',
    'Where the public keys of the tokens are (JWKS).',
  ),
  authIssuer: optionalText('a text', 'Required `iss` of tokens.'),
  authAudience: optionalText('a text', 'Required `aud` of tokens.'),
  authUserIdClaim: field(
    'string',
    z.string().check(z.minLength(1)),
    'sub',
    'the name of a claim',
    'The claim that holds the user id.',
  ),
  devLogin: flag(
    false,
    'Lets anybody become a user by typing a name. Refused when NODE_ENV is production.',
  ),
  serverKeys: list(
    `a list of keys of ${LONG_ENOUGH}`,
    'Keys with which your back end may do everything over REST.',
    'secrets',
  ),
  logLevel: field(
    'string',
    z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    'info',
    'fatal, error, warn, info, debug, trace or silent',
    'How much is logged, as JSON lines.',
  ),
  maxConnections: integer(
    1,
    1_000_000,
    100_000,
    'Sockets at once; more are refused with too_many_connections.',
    'sockets',
  ),
  maxConnectionsPerIp: integer(
    1,
    1_000_000,
    1_000,
    'Sockets at once from one address, of IPv6 from one /64.',
    'sockets',
  ),
  maxUnauthenticatedPerIp: integer(
    1,
    1_000_000,
    500,
    'Sockets at once from one address that have not said who they are yet; of all addresses together 2,000.',
    'sockets',
  ),
  connectionRatePerS: integer(
    1,
    1_000_000,
    2_000,
    'New sockets a second, sustained; the burst is twice that.',
  ),
  sendRatePerS: integer(
    0,
    100_000,
    1,
    'Sends a second for one user in one channel, sustained; 0 turns user limits off.',
  ),
  sendBurst: integer(
    1,
    100_000,
    20,
    'Sends that may go at once before sendRatePerS holds.',
    'sends',
  ),
  channelRatePerS: integer(
    0,
    1_000_000,
    10,
    'Sends a second in one channel over all users, sustained; 0 turns it off.',
  ),
  channelBurst: integer(
    1,
    1_000_000,
    200,
    'Sends that may go at once in one channel before channelRatePerS holds.',
    'sends',
  ),
  workspaceRatePerS: integer(
    0,
    10_000_000,
    0,
    'Sends a second in one workspace over all its channels, sustained; 0 turns it off.',
  ),
  workspaceBurst: integer(
    1,
    100_000_000,
    1_000,
    'Sends that may go at once in one workspace before workspaceRatePerS holds.',
    'sends',
  ),
  frameRatePerS: integer(
    1,
    1_000_000,
    100,
    'Frames a second from one socket, sustained; the burst is twice that.',
  ),
  requestRatePerS: integer(
    0,
    1_000_000,
    200,
    'REST requests a second from one address, of IPv6 from one /64, sustained; 0 turns it off.',
  ),
  socketBufferMaxBytes: integer(
    64 * 1024,
    64 * 1024 * 1024,
    1024 * 1024,
    'Bytes that may wait for a slow reader before its backlog is replaced by channel.head.',
  ),
  pullAboveMembers: integer(
    0,
    100_000_000,
    50_000,
    'Above so many members a channel sends no live messages: its members are told that there are some, at most once a second, and pull them. 0: never.',
    'members',
  ),
  pullAboveEventsPerS: integer(
    0,
    1_000_000,
    1_000,
    'Above so many events a second, over five seconds, so it is for that channel too. 0: never.',
  ),
  showLastSeen: flag(true, 'Tells members of a channel when a user who is offline was seen last.'),
  helloTimeoutMs: integer(
    100,
    600_000,
    10_000,
    'How long a socket may take to say hello, and a token to be checked.',
  ),
  hookTimeoutMs: integer(
    10,
    60_000,
    2_000,
    'How long a hook may take; then it counts as a refusal.',
  ),
  ackTimeoutMs: integer(
    100,
    120_000,
    10_000,
    'How long a REST send waits for its result before it answers unavailable.',
  ),
  drainTimeoutMs: integer(0, 600_000, 5_000, 'How long close() takes to send clients away, paced.'),
  readerWorkers: integer(1, 16, 1, 'Threads that read the data file.', 'threads'),
  roles: field(
    'list',
    z.array(role).check(z.minLength(1)),
    ['api', 'gateway', 'sequencer'],
    'a list of api, gateway, sequencer',
    'Which parts this process plays. The embedded server needs all three.',
  ),
  ...clusterFields,
} as const satisfies Record<string, Field<never> | Field<unknown>>

export type FieldName = keyof typeof FIELDS

/** A checked configuration: every field with its value. */
export type Config = {
  readonly [K in FieldName]: (typeof FIELDS)[K] extends Field<infer T> ? T : never
}
