#!lua flags=no-writes
-- The fields of a room and the store's time; and of a room that is not there, whether its partition still lists it.
-- Without writes, so that it runs where memory is full.
--
-- KEYS  room, rooms
-- ARGV  id of the room
local time = redis.call('TIME')
local fields = redis.call('HGETALL', KEYS[1])
local listed = 0
if #fields == 0 and redis.call('ZSCORE', KEYS[2], ARGV[1]) then
  listed = 1
end
return { time[1] * 1000 + math.floor(time[2] / 1000), fields, listed }
