import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { createSqlMessageStore } from '../../src/adapters/sql/message-store.js'
import { openDataDir } from '../../src/adapters/sql/sqlite/open.js'
import { StreamBuilder } from '../../src/ports/contract/stream-builder.js'

const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

async function own(dataDir: string, writes: boolean): Promise<void> {
  const data = await openDataDir({ dataDir, environment: nodeEnvironment }).catch(
    (error: unknown) => say(error instanceof Error ? error.name : String(error)),
  )
  if (data === undefined) return
  say('open')
  // ends with the one who started it
  process.stdin.on('end', () => process.exit()).resume()
  if (!writes) return
  const store = createSqlMessageStore(data.driver)
  const stream = new StreamBuilder('c', { generation: data.installation.generation })
  for (let i = 0; ; i++) {
    stream.say(`message ${i}`)
    await store.write(stream.batch(i, i + 1))
    say(String(i + 1))
  }
}

const [dataDir = '', what] = process.argv.slice(2)
await own(dataDir, what === 'writes')
