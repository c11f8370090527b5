#!/bin/sh
# Run by the service influx-setup at every `up`: gives the bucket its name in InfluxQL, and the gateway and Grafana a token each.
# Does only what is missing. To change a token: remove its file and run the service again (docs/OPERATIONS.md).
set -eu
INFLUX_TOKEN=$(cat /run/secrets/influx_admin_token)
export INFLUX_TOKEN
tokens=${TOKENS:-/run/tokens}

bucket=$(influx bucket list --org "$ORG" --name "$BUCKET" --hide-headers | cut -f 1)
if [ -z "$bucket" ]; then
  echo "InfluxDB has no bucket $BUCKET" >&2
  exit 1
fi

influx v1 dbrp list --org "$ORG" --db "$DATABASE" --hide-headers | grep -q "$bucket" ||
  influx v1 dbrp create --org "$ORG" --db "$DATABASE" --rp "$RETENTION_POLICY" --bucket-id "$bucket" --default

# token FILE DESCRIPTION PERMISSION...
token() {
  file=$1 description=$2
  shift 2
  if [ -s "$file" ]; then return; fi
  influx auth create --org "$ORG" --description "$description" --json "$@" |
    sed -n 's/.*"token": *"\([^"]*\)".*/\1/p' > "$file.new"
  if [ ! -s "$file.new" ]; then
    echo "InfluxDB gave no token for: $description" >&2
    exit 1
  fi
  chmod 0444 "$file.new"
  mv "$file.new" "$file"
}

token "$tokens/gateway/gateway" "davylamp gateway" --write-bucket "$bucket" --read-bucket "$bucket"
token "$tokens/grafana/grafana" "davylamp dashboards" --read-bucket "$bucket"
