export type MaintenanceCode =
  | 'not_empty'
  | 'not_writable'
  | 'not_a_backup'
  | 'damaged'
  | 'newer'
  | 'no_data'
  | 'no_owner'
  | 'failed'

/** Why a backup, a restore or a check could not be done: one sentence of what is wrong, one of what to do. */
export class MaintenanceError extends Error {
  override readonly name = 'MaintenanceError'
  constructor(
    readonly code: MaintenanceCode,
    message: string,
    readonly remedy: string,
    cause?: unknown,
  ) {
    super(message, { cause })
  }
}
