-- SendMessage, signed: requests that were laid out and signed beforehand, one after the other and again from the first.
-- A signature is good for a quarter of an hour, and equal sends are legitimate. Arguments: file (the requests, each after
-- its length in eight digits).

local common = dofile("common.lua")
local requests, at = {}, 0

function init(args)
  local options = common.arguments(args)
  local file = assert(io.open(options.file, "rb"))
  while true do
    local length = file:read(8)
    if not length then break end
    requests[#requests + 1] = file:read(tonumber(length))
  end
  file:close()
end

function request()
  at = at % #requests + 1
  return requests[at]
end

done = common.done()
