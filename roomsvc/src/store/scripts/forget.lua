#!lua
-- Takes a room that expired out of its partition's list.
--
-- KEYS  room, rooms
-- ARGV  id of the room
if redis.call('EXISTS', KEYS[1]) == 0 then
  return redis.call('ZREM', KEYS[2], ARGV[1])
end
return 0
