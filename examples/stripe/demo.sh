#!/usr/bin/env bash
# Builds the Stripe connector, connects it and runs it against stripe-mock, Stripe's
# own mock server, which the Go toolchain fetches and runs.
set -euo pipefail
cd "$(dirname "$0")/../.."
mock=github.com/stripe/stripe-mock@v0.203.0
port=${WEIR_DEMO_PORT:-12111}
work=$(mktemp -d)
server=
finish() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

echo "== build"
go build -o "$work/weir" ./cmd/weir
"$work/weir" build examples/stripe -o "$work/stripe.wasm"
"$work/weir" inspect "$work/stripe.wasm"

echo
echo "== start stripe-mock on port $port"
GOBIN="$work" GOFLAGS=-mod=mod go install "$mock"
"$work/stripe-mock" -http-port "$port" >"$work/mock.log" 2>&1 &
server=$!
for _ in $(seq 100); do
  (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
  kill -0 "$server" 2>/dev/null || { cat "$work/mock.log"; exit 1; }
  sleep 0.1
done

# In the place of api.stripe.com stands the mock server, in an encrypted vault of
# its own the connection.
here=(--allow-host "127.0.0.1:$port" --set "base_url=http://127.0.0.1:$port" --vault "$work/vault" --key-file "$work/vault.key")

echo
echo "== connect"
printf 'sk_test_%s' 123 >"$work/key"
"$work/weir" connect "$work/stripe.wasm" --name Mine --auth bearer --param "api_key=@$work/key" "${here[@]}"

run() { # FLOW INPUT
  "$work/weir" run "$work/stripe.wasm" "$1" --input "$2" --connection Mine "${here[@]}" --trace --usage
}

echo
echo "== create a customer"
run create_customer '{
  "email": "jane@example.com", "name": "Jane Doe",
  "address": {"line1": "1 Weir Lane", "city": "Portland", "postal_code": "97201", "country": "US"},
  "metadata": {"source": "weir", "order": "42"}}' | tee "$work/created"
id=$(sed -n 's/.*"id": "\([^"]*\)".*/\1/p' "$work/created")

echo
echo "== read it back"
run read_customer "{\"id\": \"$id\"}"

echo
echo "== map over the listed charges"
run list_charges '{"limit": 3}'

echo
echo "== a call that fails, handled by If Error"
run find_customer '{"id": "no/customer"}'
