#!/usr/bin/env bash
# schemathesis against the simulated venue: whatever the description of the API allows is answered as it
# says, and never with an error of the service. Installs schemathesis into ${VENUE_CACHE:-~/.cache/venue}.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
cache=${VENUE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/venue}
venv=$cache/api-$(sha256sum "$here/requirements.txt" | cut -c1-16)
say() { printf 'api: %s\n' "$*" >&2; }

command -v python3 >/dev/null || { say "python3 is missing: install it"; exit 1; }
if [ ! -f "$venv/complete" ]; then
  say "installing schemathesis"
  rm -rf "$venv"
  mkdir -p "$cache"
  python3 -m venv "$venv" || { (apt-get -qq update && apt-get -qq install -y python3-venv) >&2; python3 -m venv "$venv"; }
  "$venv/bin/pip" install -q --disable-pip-version-check -r "$here/requirements.txt" >&2
  touch "$venv/complete"
fi

cd "$here/../.."
cargo build -q -p venued
target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
state=$(mktemp -d)
"$target/debug/venued" demo --listen 127.0.0.1:0 --state "$state" >"$state/out" 2>"$state/log" &
daemon=$!
trap 'kill $daemon 2>/dev/null || true; wait $daemon 2>/dev/null || true; rm -rf "$state"' EXIT
for _ in $(seq 100); do
  address=$(sed -n 's/^HTTP: *//p' "$state/out")
  [ -n "$address" ] && grep -q 'the queue is recovered' "$state/log" && break
  sleep 0.1
done
[ -n "$address" ] || { say "the demo did not start"; cat "$state/log" >&2; exit 1; }

# What is away or still starting is 503, and said so: the other errors of a service are none that may be
# seen here. $1: in which phases; then which endpoints, or who asks.
test_api() {
  local phases=$1
  shift
  "$venv/bin/schemathesis" --config-file "$here/schemathesis.toml" run "$address/api/v1/openapi.json" "$@" \
    --checks status_code_conformance,content_type_conformance,response_schema_conformance,not_a_server_error \
    --phases "$phases" --max-examples "${VENUE_API_EXAMPLES:-30}" --seed 1 --workers 2 \
    --request-timeout 20 --no-color
}

# The stream of events does not end.
test_api examples,coverage,fuzzing --exclude-path /api/v1/events --exclude-path '/api/v1/tokens'

# From the first token on nobody is let in without one, and who guesses is locked out: so these are asked
# last, by one who has a token, and not in the phase that leaves it out on purpose.
token=$(python3 - "$address/api/v1/tokens" <<'EOF'
import json, sys, urllib.request
body = json.dumps({"name": "api", "role": "admin"}).encode()
asked = urllib.request.Request(sys.argv[1], body, {"content-type": "application/json"})
print(json.load(urllib.request.urlopen(asked))["secret"])
EOF
)
[ -n "$token" ] || { say "no token was made"; exit 1; }
test_api fuzzing --include-path-regex '^/api/v1/tokens' --header "Authorization: Bearer $token"
kill -0 $daemon || { say "the daemon did not survive"; exit 1; }
if grep -n 'panicked\|failed inside the service' "$state/log"; then say "the daemon panicked"; exit 1; fi
