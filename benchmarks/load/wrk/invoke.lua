-- Invoke, synchronous, with an event of `size` bytes. Arguments: name (the function's), run, size.

local common = dofile("common.lua")
local before, after, next_id

function init(args)
  local options = common.arguments(args)
  next_id = common.ids(options.run)
  local start, stop = '{"id":"', '"}'
  after = common.padding(options.run, tonumber(options.size)) .. stop
  local body_bytes = #start + #next_id() + #after
  before = "POST /2015-03-31/functions/" .. options.name .. "/invocations HTTP/1.1\r\n"
    .. common.signed_headers("lambda", "host;x-amz-date")
    .. "Content-Length: " .. body_bytes .. "\r\n\r\n" .. start
end

function request()
  return before .. next_id() .. after
end

done = common.done()
