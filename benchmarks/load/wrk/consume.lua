-- The consumer's half that cycle.lua and drain.lua share: what an answer is, and what its worker does next.
--
-- wrk tells neither request() nor response() which connection it is about, and one Lua state serves all connections
-- of a thread. But each connection always has exactly one request in flight, and what a worker does next follows from
-- the answer alone. So response() puts the next step into a line, and whichever connection is ready next takes it:
-- as many workers as connections, each doing its steps strictly one after the other, now on this connection, now
-- on that one. This needs one thread only; a thread per connection would spend its time on switching.

local common = dofile("common.lua")
local M = {}

local line, first, last = {}, 1, 0

function M.push(step)
  last = last + 1
  line[last] = step
end

-- The next step in line, or nil: the workers that have not begun are not in it.
function M.pop()
  if first > last then return nil end
  local step = line[first]
  line[first] = nil
  first = first + 1
  return step
end

function M.prepare(queue)
  local receive = '{"QueueUrl":"' .. queue .. '","MaxNumberOfMessages":10,"WaitTimeSeconds":0}'
  M.receive = common.post(common.head("ReceiveMessage"), receive)
  M.delete_head = common.head("DeleteMessageBatch")
  M.delete_start = '{"QueueUrl":"' .. queue .. '","Entries":['
end

-- The request that deletes all messages of a receive's answer. Handles go back escaped as they came.
function M.delete(answer)
  local entries = {}
  for handle in answer:gmatch('"ReceiptHandle"%s*:%s*"([^"]*)"') do
    entries[#entries + 1] = '{"Id":"' .. #entries .. '","ReceiptHandle":"' .. handle .. '"}'
  end
  return common.post(M.delete_head, M.delete_start .. table.concat(entries, ",") .. "]}")
end

function M.kind(status, answer)
  if status ~= 200 then return "refused" end
  if answer:find('"ReceiptHandle"', 1, true) then return "messages" end
  if answer:find('"Successful"', 1, true) then return "deleted" end
  if answer:find('"MD5OfMessageBody"', 1, true) then return "sent" end
  return "empty"
end

-- How many messages a DeleteMessageBatch deleted: entries that failed have a code.
function M.count_deleted(answer)
  local _, entries = answer:gsub('"Id"', "")
  local _, failed = answer:gsub('"Code"', "")
  return entries - failed, failed
end

M.common = common
return M
