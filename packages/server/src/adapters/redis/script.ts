/** A Lua script: sent once over each connection, named by its digest afterwards. */
export interface Script {
  /** Under which ioredis knows it. */
  readonly name: string
  readonly lua: string
  /** How many keys it is given. */
  readonly keys: number | 'any'
}

/** Most keys that a script is given that takes any number of them. */
export const KEYS_MAX = 8

/** Every script knows the time of the one clock that all processes share: the server's, in milliseconds. */
export const NOW_MS = `
local function now_ms()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end
`
