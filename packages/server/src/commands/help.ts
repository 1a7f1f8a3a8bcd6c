import { FIELDS, type Field } from '../config/fields.js'
import { flagOf, variableOf } from '../config/load.js'

const COMMANDS = `Tidings delivers chat messages once, in order, never lost after they were acknowledged.

Usage: tidings [serve] [settings]        run the server (the default)
       tidings backup --to DIR           copy the data of the running server
       tidings restore --from DIR        put a backup into the data folder (--force replaces what is there)
       tidings check                     read all of a data folder, or of a backup, and say what is wrong
       tidings log                       show the generations of a cluster's log
       tidings log move                  move a running cluster to a new generation of its log
       tidings log renew --force         begin a new log for a stopped cluster, after the old one was lost
                                         or the store was restored from an older backup
       tidings --version | --help

Settings come from --config FILE (JSON), then environment variables, then flags; the later wins.
`

/** The text of --help, from the settings themselves. */
export function helpText(): string {
  const rows = Object.entries(FIELDS as Record<string, Field<unknown>>).map(([name, field]) => {
    const fallback = field.default === undefined ? 'not set' : JSON.stringify(field.default)
    return `  ${flagOf(name)}  (${variableOf(name)})\n      ${field.help}\n      ${field.allowed}; default ${fallback}`
  })
  return `${COMMANDS}\n${rows.join('\n')}\n`
}
