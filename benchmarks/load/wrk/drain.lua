-- Each worker in turn: ReceiveMessage of up to ten, DeleteMessageBatch of what came, until `limit` messages are gone.
-- Arguments: queue (its URL), limit (messages), mark (optional: bodies that begin with it are counted as marked).
--
-- wrk sleeps its whole duration in any case, so the run ends itself: it prints its result and leaves. It also ends
-- when nothing has come for a second, so that a server that hides or loses messages shows as a smaller `deleted`.

local consume = dofile("consume.lua")
local common = consume.common
local limit, mark, started, last_delete
local calls = 0

deleted, received, marked, empty, failed, refused = 0, 0, 0, 0, 0, 0

function init(args)
  local options = common.arguments(args)
  limit = tonumber(options.limit)
  mark = options.mark and '"Body"%s*:%s*"' .. options.mark
  consume.prepare(options.queue)
end

function request()
  calls = calls + 1
  if calls <= 2 then -- the first call is wrk's look before the run
    started = common.now_us()
    last_delete = started
  end
  return consume.pop() or consume.receive
end

local function finish()
  common.print_result({
    seconds = math.max(1e-6, (last_delete - started) / 1e6),
    requests = calls - 1, deleted = deleted, received = received, marked = marked,
    empty = empty, failed = failed, refused = refused, broken = 0,
  })
  os.exit(0)
end

local function take(answer)
  local _, count = answer:gsub('"ReceiptHandle"', "")
  received = received + count
  if mark then
    local _, with_mark = answer:gsub(mark, "")
    marked = marked + with_mark
  end
  consume.push(consume.delete(answer))
end

function response(status, _, answer)
  local kind = consume.kind(status, answer)
  if kind == "messages" then
    take(answer)
  elseif kind == "deleted" then
    local done_now, failed_now = consume.count_deleted(answer)
    deleted, failed = deleted + done_now, failed + failed_now
    last_delete = common.now_us()
    if deleted >= limit then finish() end
  else
    if kind == "empty" then empty = empty + 1 else refused = refused + 1 end
    if common.now_us() - last_delete > 1e6 then finish() end
  end
end

-- Only a drain that outlasts wrk's duration comes here.
setup = common.setup
done = common.done({ "deleted", "received", "marked", "empty", "failed" })
