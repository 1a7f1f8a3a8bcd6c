/** What the browser keeps for this page, where it lets us: naming a forbidden storage throws. */
export interface Kept {
  get<T>(key: string): T | undefined
  set(key: string, value: unknown): void
  remove(key: string): void
}

const prefix = 'tidings-chat:'

function keptIn(storage: () => Storage): Kept {
  const attempt = <T>(task: () => T): T | undefined => {
    try {
      return task()
    } catch {
      return undefined
    }
  }
  return {
    get: <T>(key: string) =>
      attempt(() => {
        const text = storage().getItem(prefix + key)
        return text === null ? undefined : (JSON.parse(text) as T)
      }),
    set: (key, value) => void attempt(() => storage().setItem(prefix + key, JSON.stringify(value))),
    remove: (key) => void attempt(() => storage().removeItem(prefix + key)),
  }
}

/** Of this tab alone; outlives a reload. */
export const tab = keptIn(() => sessionStorage)
/** Of all tabs of this browser profile. */
export const browser = keptIn(() => localStorage)
