-- PutObject of ever new keys. Arguments: bucket, run (part of the keys), body (a file with the content), its sha256 and its
-- crc32 (without padding).

local common = dofile("common.lua")
local before, after, next_id

function init(args)
  local options = common.arguments(args)
  next_id = common.ids(options.run)
  local file = assert(io.open(options.body, "rb"))
  local body = file:read("*a")
  file:close()
  before = "PUT /" .. options.bucket .. "/"
  after = " HTTP/1.1\r\n" .. common.object_headers(options.sha256)
    .. "Content-Type: binary/octet-stream\r\n"
    .. "x-amz-sdk-checksum-algorithm: CRC32\r\n"
    .. "x-amz-checksum-crc32: " .. options.crc32 .. "==\r\n"
    .. "Content-Length: " .. #body .. "\r\n\r\n" .. body
end

function request()
  return before .. next_id() .. after
end

done = common.done()
