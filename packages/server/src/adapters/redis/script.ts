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

/**
 * Since when this very server has had the data. Another server, a restart or an emptied one may know less than
 * was acknowledged.
 */
export const SINCE = `${NOW_MS}
local function since(key, now)
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
  local known = redis.call('HMGET', key, 'run', 'at')
  if known[1] ~= run then
    redis.call('HSET', key, 'run', run, 'at', string.format('%.0f', now))
    return now
  end
  return tonumber(known[2])
end
`
