-- SendMessageBatch, ten entries each, on a standard queue. No response(), as in send.lua.
-- Arguments: queue (its URL), run (part of the ids), size (bytes of a body).

local common = dofile("common.lua")
local head, start, after, next_id

function init(args)
  local options = common.arguments(args)
  next_id = common.ids(options.run)
  head = common.head("SendMessageBatch")
  start = '{"QueueUrl":"' .. options.queue .. '","Entries":['
  after = common.padding(options.run, tonumber(options.size)) .. '"}'
end

local openings, parts = {}, {}
for i = 0, 9 do
  openings[i] = (i > 0 and "," or "") .. '{"Id":"' .. i .. '","MessageBody":"'
end

function request()
  parts[1] = start
  for i = 0, 9 do
    parts[3 * i + 2] = openings[i]
    parts[3 * i + 3] = next_id()
    parts[3 * i + 4] = after
  end
  parts[32] = "]}"
  return common.post(head, table.concat(parts))
end

done = common.done()
