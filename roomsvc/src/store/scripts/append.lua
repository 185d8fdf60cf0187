#!lua
-- Compares and appends: entries and changed fields of one room, all or nothing.
--
-- All checks come before the first write, since Redis takes nothing back (S10), and XADD, the only write that could
-- fail, is the first. Epochs and seqs are text throughout: Lua's numbers are doubles. Times and sizes are numbers.
--
-- KEYS  room, log, [rooms, if the next look changes], one for each request
-- ARGV  see the names below; then for each entry seq, epoch, at, entry, body; for each changed field name and value;
--       the names of fields that go; for each request its record
local room, log = KEYS[1], KEYS[2]
local expect_epoch, expect_seq, place, begins = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local at, keep_ms, by, closed, look = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7], ARGV[8], ARGV[9]
local id, channel = ARGV[10], ARGV[11]
local entries, sets, dels = tonumber(ARGV[12]), tonumber(ARGV[13]), tonumber(ARGV[14])
local tail_max, entries_max, bytes_max = ARGV[15], tonumber(ARGV[16]), tonumber(ARGV[17])
local room_ttl, tombstone_ttl, request_ttl = ARGV[18], ARGV[19], ARGV[20]
local ahead_max, publish, replicas = tonumber(ARGV[21]), ARGV[22], tonumber(ARGV[23])
local first = 24
local first_set = first + entries * 5
local first_del = first_set + sets * 2
local first_request = first_del + dels
local first_request_key = look == '' and 3 or 4

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local head = redis.call('HMGET', room, 'epoch', 'seq', 'fence', 'state', 'touched', 'log_from', 'log_bytes')
if (head[1] or '') ~= expect_epoch or (head[2] or '') ~= expect_seq then
  if not head[1] then
    return { 'stale', now, '', '', '', {} }
  end
  local after = expect_seq == '' and '0' or expect_seq
  local tail = redis.call('XRANGE', log, '(' .. after .. '-0', '+', 'COUNT', tail_max)
  return { 'stale', now, head[1], head[2], redis.call('HGET', room, 'past') or '', tail }
end
if place == 'create' and head[1] and head[4] ~= 'closed' then
  return redis.error_reply('OPEN a room can only be created in place of a closed one')
end

for i = first_request_key, #KEYS do
  local record = redis.call('GET', KEYS[i])
  if record then
    return { 'repeat', now, i - first_request_key, record }
  end
end

-- The first 16 digits of the replication id: a server that took over after another one has a new id. Where the id is
-- hidden the fence is empty.
local info = redis.pcall('INFO', 'replication')
local fence = type(info) == 'string' and string.match(info, 'master_replid:(%x+)') or ''
fence = string.sub(fence, 1, 16)
if begins ~= '1' and place ~= 'create' and head[3] ~= fence then
  return { 'fence', now }
end

if at > now + ahead_max then
  return { 'ahead', now }
end

-- Where replicas are waited for, what they are known not to get is not begun: half done, it would have to be made one
-- with what went on without it.
if replicas > 0 and type(info) == 'string' then
  local there = 0
  -- At the turn of a second the lag may be -1: Redis takes it from two clocks.
  for state, lag in string.gmatch(info, 'slave%d+:[^\r\n]-state=(%a+)[^\r\n]-lag=(-?%d+)') do
    if state == 'online' and tonumber(lag) <= 5 then
      there = there + 1
    end
  end
  if there < replicas then
    return redis.error_reply('NOREPLICAS only ' .. there .. ' of ' .. replicas .. ' replicas are there')
  end
end

-- From here on only writes.
if place ~= 'follow' then
  redis.call('DEL', room, log)
  head = {}
end
local bytes = 0
for i = first, first_set - 1, 5 do
  redis.call('XADD', log, ARGV[i] .. '-0', 'epoch', ARGV[i + 1], 'at', ARGV[i + 2], 'entry', ARGV[i + 3], 'body', ARGV[i + 4])
  bytes = bytes + #ARGV[i + 3] + #ARGV[i + 4]
end

local fields = { 'epoch', ARGV[first_set - 4], 'seq', ARGV[first_set - 5], 'by', by }
local function set(name, value)
  fields[#fields + 1] = name
  fields[#fields + 1] = value
end
if head[3] ~= fence then
  set('fence', fence)
end

local fresh_log = false
if closed == '1' then
  -- The end itself stays, for readers at other room services; signals go at once.
  redis.call('XTRIM', log, 'MAXLEN', 1)
else
  local length = redis.call('XLEN', log)
  local from
  if length == entries then
    -- The log is new, or its expiry took the older part.
    fresh_log = true
    from = tonumber(ARGV[first + 2])
  else
    from = tonumber(head[6]) or 0
    bytes = bytes + (tonumber(head[7]) or 0)
  end
  local cut = now - keep_ms
  local step = math.max(16, entries * 2)
  while (from < cut or length > entries_max or bytes > bytes_max) and length > 1 do
    local over = length > entries_max or bytes > bytes_max
    local old = redis.call('XRANGE', log, '-', '+', 'COUNT', step + 1)
    local kept = 1
    while kept < #old do
      local entry = old[kept][2]
      if tonumber(entry[4]) >= cut and length <= entries_max and bytes <= bytes_max then
        break
      end
      bytes = bytes - #entry[6] - #entry[8]
      length = length - 1
      kept = kept + 1
    end
    from = tonumber(old[kept][2][4])
    if kept == 1 then
      break
    end
    redis.call('XTRIM', log, 'MINID', old[kept][1])
    -- Old age alone can wait: the next append goes on with it. Size can't.
    if not over then
      break
    end
  end
  if tostring(from) ~= head[6] then
    set('log_from', string.format('%.0f', from))
  end
  set('log_bytes', string.format('%.0f', bytes))
end

-- The expiries are a net of a day: renewing them hourly is as good and spares each append two writes.
local touched = tonumber(head[5])
local renew = closed == '1' or fresh_log or not touched or now - touched > 3600000
if renew then
  set('touched', string.format('%.0f', now))
end

-- In pieces, since a call takes only some thousand arguments.
for i = first_set, first_del - 1, 2 do
  set(ARGV[i], ARGV[i + 1])
  if #fields >= 1000 then
    redis.call('HSET', room, unpack(fields))
    fields = {}
  end
end
if #fields > 0 then
  redis.call('HSET', room, unpack(fields))
end
for i = first_del, first_request - 1, 1000 do
  redis.call('HDEL', room, unpack(ARGV, i, math.min(i + 999, first_request - 1)))
end

if look == 'gone' then
  redis.call('ZREM', KEYS[3], id)
elseif look ~= '' then
  redis.call('ZADD', KEYS[3], look, id)
end
for i = first_request_key, #KEYS do
  redis.call('SET', KEYS[i], ARGV[first_request + i - first_request_key], 'PX', request_ttl)
end
if closed == '1' then
  redis.call('PEXPIRE', room, tombstone_ttl)
  redis.call('PEXPIRE', log, tombstone_ttl)
elseif renew then
  redis.call('PEXPIRE', room, room_ttl)
  redis.call('PEXPIRE', log, room_ttl)
end
redis.call(publish, channel, 'moved ' .. ARGV[first_set - 4] .. ' ' .. ARGV[first_set - 5] .. ' ' .. id)
return { 'stored', now, fence }
