-- GetObject of keys in turn. Arguments: bucket, keys (how many there are).

local common = dofile("common.lua")
local requests, at = {}, 0

function init(args)
  local options = common.arguments(args)
  local empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
  for number = 0, tonumber(options.keys) - 1 do
    requests[#requests + 1] = ("GET /%s/key-%010d HTTP/1.1\r\n"):format(options.bucket, number)
      .. common.object_headers(empty) .. "x-amz-checksum-mode: ENABLED\r\n\r\n"
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

done = common.done()
