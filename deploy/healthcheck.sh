#!/bin/bash
# healthcheck PORT PATH: succeeds when http://127.0.0.1:PORT/PATH answers 200. In bash alone, because the runtime images carry neither curl nor wget.

# An app that crashed comes back in a new network, and its sidecar would stay for ever in the old one, where only lo is left. Ended, it is started again: in the new one.
network=$(</proc/net/dev)
if [[ ${network//lo:} != *:* ]]; then
  kill 1
  exit 1
fi

exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$2" >&3
read -r _ status _ <&3
[ "$status" = 200 ]
