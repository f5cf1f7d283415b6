-- SendMessage on a FIFO queue: a hundred groups in turn, a deduplication id of its own for each message.
-- Arguments: queue (its URL), run (part of the ids), size (bytes of a body), groups.

local common = dofile("common.lua")
local head, start, after, next_id, groups

function init(args)
  local options = common.arguments(args)
  next_id = common.ids(options.run)
  groups = tonumber(options.groups)
  head = common.head("SendMessage")
  start = '{"QueueUrl":"' .. options.queue .. '","MessageGroupId":"g'
  after = common.padding(options.run, tonumber(options.size)) .. '"}'
end

function request()
  local id, count = next_id()
  local body = start .. (count % groups) .. '","MessageDeduplicationId":"' .. id .. '","MessageBody":"' .. id .. after
  return common.post(head, body)
end

done = common.done()
