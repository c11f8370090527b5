#!/bin/sh
# Run once in a checkout before the first `docker compose up`: makes the secrets that InfluxDB and Grafana need, where there
# are none yet, and says to compose where they lie. Those that are there stay as they are.
set -eu
cd "${1:-$(dirname "$0")/..}"

# The folder shuts others out: containers read each file as users of their own.
mkdir -p secrets
chmod 0700 secrets

# secret NAME BYTES
secret() {
  if [ -s "secrets/$1" ]; then return; fi
  od -An -vtx1 -N"$2" /dev/urandom | tr -d ' \n' > "secrets/$1.new"
  chmod 0444 "secrets/$1.new"
  mv "secrets/$1.new" "secrets/$1"
}

secret influx_admin_password 24
secret influx_admin_token 32
secret grafana_admin_password 24

if ! grep -qs '^SECRETS=' .env; then echo 'SECRETS=./secrets' >> .env; fi

echo "next: docker compose up      (console http://127.0.0.1:8080, Grafana http://127.0.0.1:3000)"
