-- Publish to a topic, as the query protocol spells it. No response(), as in send.lua.
-- Arguments: topic (its ARN, percent-encoded), run (part of the ids), size (bytes of a message), more (percent-encoded
-- parameters after the message, or "-").

local common = dofile("common.lua")
local before, after, next_id

function init(args)
  local options = common.arguments(args)
  next_id = common.ids(options.run)
  local start = "Action=Publish&Version=2010-03-31&TopicArn=" .. options.topic .. "&Message="
  after = common.padding(options.run, tonumber(options.size))
  if options.more ~= "-" then
    after = after .. "&" .. options.more
  end
  local body_bytes = #start + #next_id() + #after
  before = common.form_head("sns") .. body_bytes .. "\r\n\r\n" .. start
end

function request()
  return before .. next_id() .. after
end

done = common.done()
