-- SendMessage on a standard queue. No response(): wrk counts answers and their statuses by itself, for less CPU.
-- Arguments: queue (its URL), run (part of the ids), size (bytes of a body).

local common = dofile("common.lua")
local before, after, next_id

function init(args)
  local options = common.arguments(args)
  next_id = common.ids(options.run)
  local start, stop = '{"QueueUrl":"' .. options.queue .. '","MessageBody":"', '"}'
  after = common.padding(options.run, tonumber(options.size)) .. stop
  -- Ids have one width, so everything but the id is constant, the length included.
  local body_bytes = #start + #next_id() + #after
  before = common.head("SendMessage") .. body_bytes .. "\r\n\r\n" .. start
end

function request()
  return before .. next_id() .. after
end

done = common.done()
