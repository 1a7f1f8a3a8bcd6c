import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Services that come up natively then take encrypted connections too, by this user with this password. The first user
 * of Cassandra is called `cassandra`, with the same as its password.
 */
export interface Secured {
  /** PEM: of 127.0.0.1. */
  readonly cert: string
  readonly key: string
  readonly username: string
  readonly password: string
}

/** The certificate as files in the folder of a service, which only their owner may read. */
export async function writeCertificate(folder: string, { cert, key }: Secured) {
  const files = {
    cert: join(folder, 'tls.crt'),
    key: join(folder, 'tls.key'),
    both: join(folder, 'tls.pem'),
  }
  const contents = { cert, key, both: `${key}\n${cert}\n` }
  for (const name of ['cert', 'key', 'both'] as const) {
    await writeFile(files[name], contents[name], { mode: 0o600 })
  }
  return files
}
