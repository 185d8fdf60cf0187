#!/usr/bin/env bash
# Makes what docker-compose.yml reads its secrets from, once; nothing that is there is replaced.
#   deploy/secrets.sh [FOLDER]
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-secrets}
mkdir -p "$folder"
chmod 700 "$folder"
for name in token_secret link_secret turn_secret grafana_password; do
  file=$folder/$name
  [ -s "$file" ] && continue
  # 48 bytes of chance as 64 characters. Containers read it as another user: the folder is what keeps others out.
  head -c 48 /dev/urandom | base64 -w 0 | tr '+/' '-_' >"$file"
  chmod 644 "$file"
done
