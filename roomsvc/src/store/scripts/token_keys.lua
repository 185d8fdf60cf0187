#!lua
-- Replaces the keys of resume tokens, if nobody else has.
--
-- KEYS  meta
-- ARGV  the newest key as the caller knows it, and when it was made; then what is to stand: newest, made, older
--
-- Answers with the whole record as it stands then, in an array.
local meta = KEYS[1]
local made = redis.call('HGET', meta, 'token_key_made') or '0'
if redis.call('HGET', meta, 'token_key') == ARGV[1] and made == ARGV[2] then
  redis.call('HSET', meta, 'token_key', ARGV[3], 'token_key_made', ARGV[4], 'token_keys_older', ARGV[5])
end
return {redis.call('HGETALL', meta)}
