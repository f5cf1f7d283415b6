-- What every workload shares: arguments, the bytes of a request, unique bodies, and the result line.
--
-- run.py starts wrk in this folder as  wrk … URL -- key=value …  and reads the one line that begins with RESULT.
-- Requests are laid out by hand, in the order of the Go referee's headers, rather than by wrk.format: its table of
-- headers costs more than everything else here. wrk calls request() once before the run, to look at it: a request()
-- must therefore do no harm when it is asked once too often.

local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long sec; long usec; } bench_time;
  int gettimeofday(bench_time *, void *);
]]

local M = {}

function M.arguments(args)
  local options = {}
  for _, pair in ipairs(args) do
    local key, value = pair:match("^([^=]+)=(.*)$")
    options[key] = value
  end
  return options
end

local instant = ffi.new("bench_time")
function M.now_us()
  ffi.C.gettimeofday(instant, nil)
  return tonumber(instant.sec) * 1e6 + tonumber(instant.usec)
end

-- The request line and headers of an operation, up to the value of Content-Length.
function M.head(operation)
  local scope = "test/20260101/us-east-1/sqs/aws4_request"
  return "POST " .. wrk.path .. " HTTP/1.1\r\n"
    .. "Host: " .. wrk.headers["Host"] .. "\r\n"
    .. "Content-Type: application/x-amz-json-1.0\r\n"
    .. "X-Amz-Date: 20260101T000000Z\r\n"
    .. "Authorization: AWS4-HMAC-SHA256 Credential=" .. scope
    .. ", SignedHeaders=host;x-amz-date, Signature=" .. ("0"):rep(64) .. "\r\n"
    .. "X-Amz-Target: AmazonSQS." .. operation .. "\r\n"
    .. "Content-Length: "
end

-- The same of an operation of the query protocol, whose name is in the body.
function M.form_head(service)
  local scope = "test/20260101/us-east-1/" .. service .. "/aws4_request"
  return "POST " .. wrk.path .. " HTTP/1.1\r\n"
    .. "Host: " .. wrk.headers["Host"] .. "\r\n"
    .. "Content-Type: application/x-www-form-urlencoded\r\n"
    .. "X-Amz-Date: 20260101T000000Z\r\n"
    .. "Authorization: AWS4-HMAC-SHA256 Credential=" .. scope
    .. ", SignedHeaders=host;x-amz-date, Signature=" .. ("0"):rep(64) .. "\r\n"
    .. "Content-Length: "
end

-- Host and signature of a REST request.
function M.signed_headers(service, signed)
  return "Host: " .. wrk.headers["Host"] .. "\r\n"
    .. "User-Agent: Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux lang/python#3.11\r\n"
    .. "X-Amz-Date: 20260101T000000Z\r\n"
    .. "Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/" .. service .. "/aws4_request"
    .. ", SignedHeaders=" .. signed .. ", Signature=" .. ("0"):rep(64) .. "\r\n"
end

-- The same of S3, with the hash of the payload.
function M.object_headers(sha256)
  return M.signed_headers("s3", "host;x-amz-content-sha256;x-amz-date") .. "X-Amz-Content-SHA256: " .. sha256 .. "\r\n"
end

function M.post(head, body)
  return head .. #body .. "\r\n\r\n" .. body
end

-- A source of unique ids of one width, and what pads a body that begins with one to its size.
function M.ids(run)
  local format, count = "m" .. run .. "-%010d.", 0
  return function()
    count = count + 1
    return format:format(count), count
  end
end

function M.padding(run, size)
  return ("x"):rep(math.max(0, size - #("m" .. run .. "-0123456789.")))
end

-- Counters live in globals of the one thread's state; done() runs in another state and asks the thread for them.
local threads = {}
function M.setup(thread)
  threads[#threads + 1] = thread
end

function M.print_result(figures)
  local parts = {}
  for key, value in pairs(figures) do
    parts[#parts + 1] = ('"%s": %.3f'):format(key, value)
  end
  io.stdout:write("RESULT {", table.concat(parts, ", "), "}\n")
  io.stdout:flush()
end

function M.done(counters)
  return function(summary, latency)
    local errors = summary.errors
    local figures = {
      seconds = summary.duration / 1e6,
      requests = summary.requests,
      p50_ms = latency:percentile(50) / 1e3,
      p99_ms = latency:percentile(99) / 1e3,
      max_ms = latency.max / 1e3,
      refused = errors.status,
      broken = errors.connect + errors.read + errors.write + errors.timeout,
    }
    for _, name in ipairs(counters or {}) do
      local total = 0
      for _, thread in ipairs(threads) do
        total = total + (thread:get(name) or 0)
      end
      figures[name] = total
    end
    M.print_result(figures)
  end
end

return M
