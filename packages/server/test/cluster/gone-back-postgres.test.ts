import { Client } from 'pg'
import { goneBackOver } from './gone-back.js'

goneBackOver('postgres', async ({ postgresUrl, postgresSchema }) => {
  const client = new Client({ connectionString: postgresUrl })
  await client.connect()
  const table = (name: string) => `${postgresSchema}.${name}`
  return {
    async empty() {
      const tables = ['events', 'ids', 'heads', 'state_changes', 'effects', 'stored_marks']
      await client.query(`truncate ${tables.map(table).join(', ')}`)
    },
    async rollBack() {
      await client.query(`update ${table('stored_marks')} set stored = stored / 2`)
    },
    async loseLast() {
      for (const name of ['events', 'ids', 'state_changes', 'effects']) {
        await client.query(`delete from ${table(name)} where log_offset >= 3`)
      }
      await client.query(
        `update ${table('heads')} set head_seq = 3, message_count = 2, log_offset = 2`,
      )
      await client.query(`update ${table('stored_marks')} set stored = 3`)
      // what lies between this and the loss is folded again as well
      return 1
    },
    close: () => client.end(),
  }
})
