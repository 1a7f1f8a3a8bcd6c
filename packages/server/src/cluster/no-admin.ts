import type { Admin } from '../admin/admin.js'

/** A process that is a sequencer only does nothing on behalf of anybody. */
export function noAdmin(): Admin {
  return new Proxy({} as Admin, {
    get() {
      throw new TypeError('admin needs the role api or gateway in this process')
    },
  })
}
