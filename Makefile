# Weir. `make` prints this help.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# Tools, pinned. They run through the toolchain that fetches them.
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
BENCHSTAT   := golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da
WABT        := wabt@1.0.39
OCTOKIT     := @octokit/openapi@23.0.2
PRISM       := @stoplight/prism-cli@5.14.2
STRIPE      := github.com/stripe/stripe-mock@v0.203.0
KUBERNETES  := k8s.io/kubernetes@v1.36.3
OIDC        := oidc-provider@9.13.3
HTTPBIN     := github.com/mccutchen/go-httpbin/v2/cmd/go-httpbin@v2.26.0
JSONSERVER  := json-server@0.17.4
POCKETBASE  := github.com/pocketbase/pocketbase/examples/base@v0.36.8

FUZZTIME  ?= 10s
BENCHTIME  ?= 300ms
BENCHCOUNT ?= 6

.PHONY: help
help: ## print this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.PHONY: demo
demo: ## build the Stripe example and run it against Stripe's mock server
	@examples/stripe/demo.sh

.PHONY: build
build: ## build bin/weir
	go build -trimpath -o bin/weir ./cmd/weir

.PHONY: test
test: ## run every quick test (under 3 minutes warm)
	go test ./...

.PHONY: race
race: ## run the packages with goroutines under the race detector
	go test -race -short ./engine/... ./hostfuncs/egress/... ./hostfuncs/file ./tables ./blobs ./connections ./tape ./versions ./internal/conformance

.PHONY: hostile
hostile: ## run the hostile campaign: every hostile module and source in child processes
	WEIR_HOSTILE=long go test -count=1 -timeout 60m ./internal/hostile
	go test -count=1 ./guest/... ./hostfuncs/egress

.PHONY: property
property: ## call every card with random inputs, a million calls in all, and compare folded with run
	WEIR_LONG=1 go test -count=1 -run 'TestCards(Folded)?Property' ./internal/conformance

.PHONY: prices
prices: ## measure what every card takes against its price, over inputs of 1 to 1,000,000 (needs an idle machine)
	WEIR_LONG=1 go test -count=1 -timeout 30m -run TestPrices -v ./internal/pricing

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME (default 10s)
	FUZZTIME=$(FUZZTIME) .ci/fuzz

.PHONY: bench
bench: ## run the benchmarks behind docs/BENCHMARKS.md and print their ratios
	@mkdir -p .work
	GOGC=400 go test -run '^$$' -bench . -benchtime $(BENCHTIME) -count $(BENCHCOUNT) ./internal/benchmark ./engine ./tables | tee .work/bench.txt
	@echo; echo "== ratios: compiled flows by the evaluator, cards over JSON by compiled flows, metered by unmetered"
	@go run $(BENCHSTAT) -filter '.unit:("wasm/evaluator" OR "json/wasm" OR "metered/unmetered")' .work/bench.txt
	@echo; echo "== starts, in processor time; an endless loop beside"
	@go run $(BENCHSTAT) -filter '.unit:("pooled-ns" OR "cancellable-ns" OR "new-ns" OR "heartbeat-ms" OR "gc-ms" OR "late-ms")' .work/bench.txt
	@echo; echo "== a hundred calls of 50 ms at concurrency 20; peak memory of few and of many records"
	@go test -count=1 -v -run 'TestConcurrencyWaits|TestStreamIsFlat' ./internal/conformance | grep -E 'took|peak|FAIL'
	@echo; echo "== all others"
	@go run $(BENCHSTAT) -filter '.unit:(sec/op OR B/op OR heap-B/run OR stack-B/run) -.name:(Flow OR JSON OR Metering OR Neighbour OR Start)' .work/bench.txt

.PHONY: wabt
wabt: .work/wabt/node_modules/.bin/wasm-validate ## install wabt, which validates every emitted module

.work/wabt/node_modules/.bin/wasm-validate:
	mkdir -p .work/wabt && cd .work/wabt && npm install --no-audit --no-fund --silent --prefix . $(WABT)

.PHONY: validate
validate: wabt ## compile every connector of the tests and run wasm-validate on it
	WEIR_WASM_VALIDATE=$(CURDIR)/.work/wabt/node_modules/.bin/wasm-validate go test -count=1 -run 'Validate|Flopack' ./internal/conformance

# Servers that nobody here wrote, for make servers and make servers-slow. Both
# install what is missing.
SERVERS := $(CURDIR)/.work/servers

.work/servers/node_modules/oidc-provider/package.json:
	mkdir -p .work/servers && cd .work/servers && npm install --no-audit --no-fund --silent --prefix . $(OIDC)

.work/servers/node_modules/json-server/package.json:
	mkdir -p .work/servers && cd .work/servers && npm install --no-audit --no-fund --silent --prefix . $(JSONSERVER)

.work/servers/stripe-mock:
	mkdir -p .work/servers && GOBIN=$(SERVERS) GOFLAGS=-mod=mod go install $(STRIPE)

.work/servers/go-httpbin:
	mkdir -p .work/servers && GOBIN=$(SERVERS) GOFLAGS=-mod=mod go install $(HTTPBIN)

# The program is called base, like its package.
.work/servers/pocketbase:
	mkdir -p .work/servers && GOBIN=$(SERVERS) GOFLAGS=-mod=mod go install $(POCKETBASE)
	mv .work/servers/base $@

.work/servers/prism: .work/openapi/node_modules/.bin/prism
	mkdir -p .work/servers && ln -sf ../openapi/node_modules/.bin/prism $@

.work/servers/github.json: .work/openapi/github.json
	mkdir -p .work/servers && ln -sf ../openapi/github.json $@

.PHONY: servers
servers: .work/servers/node_modules/oidc-provider/package.json .work/servers/node_modules/json-server/package.json .work/servers/stripe-mock .work/servers/go-httpbin ## run the tests against real servers (needs node and npm)
	WEIR_SERVERS=$(SERVERS) go test -count=1 -timeout 20m -run '^TestServer' ./connections ./internal/servers

.PHONY: servers-slow
servers-slow: .work/servers/pocketbase .work/servers/github.json .work/servers/prism ## the same against servers that take long to build or start
	WEIR_SERVERS=$(SERVERS) go test -count=1 -timeout 20m -run '^TestSlowServer' ./internal/servers

# What make openapi needs: documents that services publish, and servers that
# answer by them.
.work/openapi/github.json:
	mkdir -p .work/openapi && cd .work/openapi && npm pack --silent $(OCTOKIT) && \
	  tar -xzOf octokit-openapi-*.tgz package/generated/api.github.com.json >github.tmp && rm octokit-openapi-*.tgz && mv github.tmp github.json

.work/openapi/node_modules/.bin/prism:
	mkdir -p .work/openapi && cd .work/openapi && npm install --no-audit --no-fund --silent --prefix . $(PRISM)

.work/openapi/stripe.json:
	mkdir -p .work/openapi && GOBIN=$(CURDIR)/.work/openapi GOFLAGS=-mod=mod go install $(STRIPE)
	install -m 644 "$$(go mod download -json $(STRIPE) | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')/embedded/openapi/spec3.json" $@

.work/openapi/kubernetes/version_openapi.json:
	mkdir -p .work/openapi/kubernetes
	install -m 644 "$$(go mod download -json $(KUBERNETES) | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')"/api/openapi-spec/v3/*.json .work/openapi/kubernetes

.PHONY: openapi
openapi: wabt .work/openapi/github.json .work/openapi/stripe.json .work/openapi/kubernetes/version_openapi.json .work/openapi/node_modules/.bin/prism ## import large public documents, build and run what they give (needs node and npm)
	WEIR_OPENAPI_DOCS=$(CURDIR)/.work/openapi WEIR_WASM_VALIDATE=$(CURDIR)/.work/wabt/node_modules/.bin/wasm-validate \
	  go test -count=1 -timeout 20m -run OpenAPIDocuments -v ./internal/conformance

.PHONY: generate
generate: ## write the generated pages of docs/
	go run ./cmd/weir docs .

.PHONY: check
check: ## format, vet, staticcheck, import rules, generated files current, clean tree
	@test -z "$$(gofmt -l . | tee /dev/stderr)" || { echo "run gofmt -w on these files"; exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...
	go test -count=1 ./internal/house
	go run ./cmd/weir docs --check .
	go mod verify >/dev/null
	@git diff --exit-code --stat -- go.mod go.sum docs || { echo "commit the files above"; exit 1; }
	@test -z "$$(git status --porcelain)" || { git status --short; echo "the tree is not clean"; exit 1; }
