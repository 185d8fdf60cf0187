#!lua flags=no-writes
-- A room's head and history, and its log behind a seq. Seqs are text.
--
-- KEYS  room, log
-- ARGV  the seq, how many entries at most
local time = redis.call('TIME')
local head = redis.call('HMGET', KEYS[1], 'epoch', 'seq', 'past')
local entries = {}
if head[1] then
  entries = redis.call('XRANGE', KEYS[2], '(' .. ARGV[1] .. '-0', '+', 'COUNT', ARGV[2])
end
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return { now, head[1] or '', head[2] or '', head[3] or '', entries }
