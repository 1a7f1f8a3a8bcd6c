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
    close: () => client.end(),
  }
})
