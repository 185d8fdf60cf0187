#!/bin/bash
# Whether http://127.0.0.1:PORT/PATH is answered with 200, by bash alone: healthcheck PORT PATH [HOST]
set -eu
exec 3<>"/dev/tcp/${3:-127.0.0.1}/$1"
printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$2" >&3
IFS= read -r -t 2 line <&3
[[ $line == *" 200"* ]]
