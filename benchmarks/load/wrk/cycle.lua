-- Each worker in turn: SendMessage, ReceiveMessage of up to ten, DeleteMessageBatch of what came. A message counts
-- when its delete is answered. Arguments: queue (its URL), run (part of the ids), size (bytes of a body).

local consume = dofile("consume.lua")
local common = consume.common
local before, after, next_id

sent, deleted, empty, failed = 0, 0, 0, 0

function init(args)
  local options = common.arguments(args)
  next_id = common.ids(options.run)
  consume.prepare(options.queue)
  local start = '{"QueueUrl":"' .. options.queue .. '","MessageBody":"'
  after = common.padding(options.run, tonumber(options.size)) .. '"}'
  before = common.head("SendMessage") .. (#start + #next_id() + #after) .. "\r\n\r\n" .. start
end

function request()
  return consume.pop() or before .. next_id() .. after
end

-- A worker that is not in the line begins anew with a send: nothing is pushed after a delete or an empty receive.
function response(status, _, answer)
  local kind = consume.kind(status, answer)
  if kind == "sent" then
    sent = sent + 1
    consume.push(consume.receive)
  elseif kind == "messages" then
    consume.push(consume.delete(answer))
  elseif kind == "deleted" then
    local done_now, failed_now = consume.count_deleted(answer)
    deleted, failed = deleted + done_now, failed + failed_now
  elseif kind == "empty" then
    empty = empty + 1
  end
end

setup = common.setup
done = common.done({ "sent", "deleted", "empty", "failed" })
