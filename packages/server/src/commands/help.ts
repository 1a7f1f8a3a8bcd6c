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

/** What each command that does not serve takes; of the rest it reads only whether it is valid. */
const COMMANDS_OF_A_FOLDER: Readonly<Record<string, string>> = {
  backup: `Usage: tidings backup --to DIR [--data-dir DIR]

Copies one consistent state of a data folder, and checks the copy. A running server goes on working.

  --to DIR
      Where the copy goes: a folder that is empty or not there yet.
`,
  restore: `Usage: tidings restore --from DIR [--data-dir DIR] [--force]

Puts a backup into a data folder that no server uses. Clients that hold newer messages are reset when they connect.

  --from DIR
      The folder that \`tidings backup\` has filled.
  --force
      Replaces what is in the data folder.
`,
  check: `Usage: tidings check [--data-dir DIR]

Reads all of a data folder, or of a backup, and says what is wrong; changes nothing, and may run beside a server.
Ends with 1 if something is.

`,
}

/** The text of --help, from the settings themselves; of one command that needs few of them, only those. */
export function helpText(command: string): string {
  const usage = COMMANDS_OF_A_FOLDER[command]
  if (usage !== undefined) return `${usage}${rowOf('dataDir', FIELDS.dataDir)}\n`
  const rows = Object.entries(FIELDS as Record<string, Field<unknown>>).map(([name, field]) =>
    rowOf(name, field),
  )
  return `${COMMANDS}\n${rows.join('\n')}\n`
}

function rowOf(name: string, field: Field<unknown>): string {
  const flag = flagOf(name)
  const flags = field.kind === 'boolean' ? `${flag}, ${flag.replace('--', '--no-')}` : flag
  const fallback = field.default === undefined ? 'not set' : JSON.stringify(field.default)
  return `  ${flags}  (${variableOf(name)})\n      ${field.help}\n      ${field.allowed}; default ${fallback}`
}
