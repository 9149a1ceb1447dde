-- Look-ups of random children by random accounts, or searches for them where BENCH_ASKED is "search": every request is
-- made before the first is sent, so that the load generator costs little. Reads the files named by BENCH_TOKENS and by
-- BENCH_LINES, which has a number or the body of a search on each line.
local MADE = 8192

local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

local function lines_of(path)
  local lines = {}
  for line in io.lines(path) do
    lines[#lines + 1] = line
  end
  return lines
end

local requests = {}

function init(_)
  local tokens = lines_of(os.getenv("BENCH_TOKENS"))
  local lines = lines_of(os.getenv("BENCH_LINES"))
  local searching = os.getenv("BENCH_ASKED") == "search"
  math.randomseed(tonumber(os.getenv("BENCH_SEED")) * 64 + number)
  for made = 1, MADE do
    local headers = {
      ["Authorization"] = "Bearer " .. tokens[math.random(#tokens)],
      ["Access-Reason"] = "early-help",
    }
    local line = lines[math.random(#lines)]
    if searching then
      headers["Content-Type"] = "application/json"
      requests[made] = wrk.format("POST", "/v1/children/search", headers, line)
    else
      requests[made] = wrk.format("GET", "/v1/children/" .. line .. "/contacts", headers)
    end
  end
end

function request()
  return requests[math.random(MADE)]
end

-- One line of JSON, after wrk's own report.
function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"seconds":%.6f,"p50_ms":%.3f,"p99_ms":%.3f,"longest_ms":%.3f,"not_ok":%d,"broken":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    latency.max / 1e3, errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
