import { type Client, errors, types } from 'cassandra-driver'
import { patiently } from '../../../environment/patiently.js'
import type { ServerEnvironment } from '../../../ports/environment.js'
import type { Row } from '../session/session.js'

/** Making a table waits until all nodes know it. */
const SCHEMA_TIMEOUT_MS = 30_000

/** While others make the same tables, replicas do not know them yet and conditional statements time out: for so long. */
const PATIENCE_MS = 20_000
const MAX_PAUSE_MS = 500

export type Environment = Pick<ServerEnvironment, 'monotonicNow' | 'setTimer' | 'random'>
type Values = readonly (string | number | null)[]

/** The statements of a start: few, and some of them slow. Each may be asked again. */
export function query(
  client: Client,
  environment: Environment,
  cql: string,
  values: Values = [],
): Promise<readonly Row[]> {
  return whileOthersMake(environment, isWrong, () => ask(client, cql, values))
}

async function ask(client: Client, cql: string, values: Values): Promise<readonly Row[]> {
  const result = await client.execute(cql, [...values], {
    prepare: values.length > 0,
    // no second execution beside the first: conditional ones would be in each other's way
    isIdempotent: false,
    consistency: types.consistencies.localQuorum,
    serialConsistency: types.consistencies.localSerial,
    readTimeout: SCHEMA_TIMEOUT_MS,
  })
  return (result.rows ?? []) as unknown as readonly Row[]
}

/** A statement that changes the schema; resolves when all nodes that are up agree on it. */
export function alter(client: Client, environment: Environment, cql: string): Promise<void> {
  return whileOthersMake(environment, isWrongForGood, async () => {
    const result = await client.execute(cql, [], { readTimeout: SCHEMA_TIMEOUT_MS })
    // the driver has waited for it; its types do not know
    const { isSchemaInAgreement } = result.info as { readonly isSchemaInAgreement?: boolean }
    if (isSchemaInAgreement === false) throw new Error('The nodes do not agree on the schema.')
  })
}

/**
 * Says whether a conditional statement was applied, and else what stands there. Who timed out may have been applied:
 * it must know its own value when it finds it.
 */
export async function applied(
  client: Client,
  environment: Environment,
  cql: string,
  values: Values,
): Promise<{ readonly applied: boolean; readonly value: string | undefined }> {
  const [row] = await whileOthersMake(environment, isWrongForGood, () => ask(client, cql, values))
  const value = row?.value
  return {
    applied: row?.['[applied]'] === true,
    value: value === undefined || value === null ? undefined : String(value),
  }
}

const whileOthersMake = <T>(
  environment: Environment,
  isFinal: (error: unknown) => boolean,
  attempt: () => Promise<T>,
): Promise<T> =>
  patiently(attempt, {
    environment,
    forMs: PATIENCE_MS,
    pauseMs: () => environment.random() * MAX_PAUSE_MS,
    isFinal,
  })

const isWrong = (error: unknown): boolean =>
  error instanceof errors.ResponseError && error.code >= types.responseErrorCodes.syntaxError

/** What one node has made, another does not know at once. */
export const isMissing = (error: unknown): boolean =>
  error instanceof errors.ResponseError &&
  /does(n't| not) exist|unconfigured|unknown keyspace/i.test(error.message)

const isWrongForGood = (error: unknown): boolean => isWrong(error) && !isMissing(error)

export const pause = (environment: Pick<Environment, 'setTimer'>, delayMs: number): Promise<void> =>
  new Promise((resolve) => {
    environment.setTimer(resolve, delayMs)
  })
