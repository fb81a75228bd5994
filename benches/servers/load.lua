-- The load, for wrk: `wrk -t1 … -s load.lua URL -- METHOD PATH FIRST COOKIE…`, where client FIRST + n has the nth cookie.
--
-- Reading, clients take turns. Changing, a client has one request under way, sends the newest cookie that it was given, as a browser
-- does, and its count must rise by one each time: a lost change or somebody else's session is counted as wrong. Prints one line of JSON.

local head, first, cookies = "", 0, {}
wrong = 0

function setup(thread)
  worker = thread
end

function init(args)
  first = tonumber(args[3])
  -- The protection against requests from elsewhere asks for what every browser sends.
  head = args[1] .. " " .. args[2] .. " HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\n"
  for n = 4, #args do
    cookies[#cookies + 1] = "Cookie: " .. args[n] .. "\r\n\r\n"
  end
  if #cookies == 0 then
    head = head .. "\r\n"
    request = function() return head end
  elseif args[2] == "/read" then
    request = read
  else
    request, response = change, changed
  end
end

local turn = 0

function read()
  turn = turn % #cookies + 1
  return head .. cookies[turn]
end

-- Clients without a request under way: a ring that change takes from and changed gives back to.
local taken, given, free, counts = 0, 0, {}, {}

function change()
  if given == 0 then
    for n = 1, #cookies do
      free[n - 1], counts[n] = n, 0
    end
    given = #cookies
  end
  local client = free[taken % #cookies]
  taken = taken + 1
  return head .. cookies[client]
end

function changed(status, headers, body)
  local user, count = string.match(body, "^(%d+) (%d+)$")
  local client = user and tonumber(user) - first + 1
  if status ~= 200 or not counts[client] or tonumber(count) ~= counts[client] + 1 then
    wrong = wrong + 1
    return
  end
  counts[client] = counts[client] + 1
  local set = headers["set-cookie"]
  if set then
    cookies[client] = "Cookie: " .. string.match(set, "^[^;]+") .. "\r\n\r\n"
  end
  free[given % #cookies] = client
  given = given + 1
end

function done(summary, latency)
  local e = summary.errors
  print(string.format('{"requests": %d, "seconds": %f, "p50": %d, "p99": %d, "failed": %d, "wrong": %d}',
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout, worker:get("wrong")))
end
