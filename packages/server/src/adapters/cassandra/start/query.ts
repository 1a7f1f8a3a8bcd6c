import { type Client, types } from 'cassandra-driver'
import type { Row } from '../session/session.js'

/** Making a table waits until all nodes know it. */
const SCHEMA_TIMEOUT_MS = 30_000

/** The statements of a start: few, and some of them slow. */
export async function query(
  client: Client,
  cql: string,
  values: readonly (string | number | null)[] = [],
): Promise<readonly Row[]> {
  const result = await client.execute(cql, [...values], {
    prepare: values.length > 0,
    isIdempotent: !/^\s*(INSERT|UPDATE|DELETE)/.test(cql),
    consistency: types.consistencies.localQuorum,
    serialConsistency: types.consistencies.localSerial,
    readTimeout: SCHEMA_TIMEOUT_MS,
  })
  return (result.rows ?? []) as unknown as readonly Row[]
}

/** A statement that changes the schema; resolves when all nodes that are up agree on it. */
export async function alter(client: Client, cql: string): Promise<void> {
  const result = await client.execute(cql, [], {
    readTimeout: SCHEMA_TIMEOUT_MS,
    isIdempotent: true,
  })
  // the driver has waited for it; its types do not know
  const { isSchemaInAgreement } = result.info as { readonly isSchemaInAgreement?: boolean }
  if (isSchemaInAgreement === false) {
    throw new Error('The nodes do not agree on the schema.')
  }
}

/** Says whether a conditional statement was applied, and else what stands there. */
export async function applied(
  client: Client,
  cql: string,
  values: readonly (string | number | null)[],
): Promise<{ readonly applied: boolean; readonly value: string | undefined }> {
  const [row] = await query(client, cql, values)
  const value = row?.value
  return {
    applied: row?.['[applied]'] === true,
    value: value === undefined || value === null ? undefined : String(value),
  }
}
