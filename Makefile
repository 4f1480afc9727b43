# Everything one does with this project. `make help` lists it.
GO  ?= go
NPM ?= npm

# What the tests of conformance hold us against: wrangler, and libraries for Node.
PEERS = conformance/node_modules/.package-lock.json conformance/newest/node_modules/.package-lock.json

.PHONY: help build test unit race conformance conformance-clients conformance-deploy conformance-rest compatibility mutants torture torture-copies lint fuzz bench rehearse clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

build: ## bin/bindery
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/bindery ./cmd/bindery

test: lint unit conformance ## every test; sets up by itself what it needs (Go and Node are enough)
	$(MAKE) torture KILLS=25
	$(MAKE) torture-copies KILLS=30

unit: ## the tests that need no npm
	$(GO) test -race -skip '^TestCopies$$' $$($(GO) list ./... | grep -v '/internal/cli$$')
	$(GO) test ./internal/cli # some hundred deploys, a server each: minutes under the race detector, for `make race`
	$(GO) test -run '^TestManyAccounts$$' ./internal/platform # too large for the race detector
	$(GO) test -run '^TestLargeObjects' ./internal/r2 # counts what is allocated, which the race detector does too
	$(GO) test -run '^Test(Repair|Broken|Comments|NoToken|OneLine)' ./internal/check/rules # of which it makes one trial in eight

race: ## all of them under the race detector
	$(GO) test -race ./...

conformance: $(PEERS) ## against the real wrangler, and Cloudflare's client libraries
	$(MAKE) -j3 conformance-clients conformance-deploy conformance-rest
	BINDERY_TEST_WORKERD=$$(echo $(CURDIR)/conformance/newest/node_modules/@cloudflare/workerd-*/bin/workerd) $(GO) test -count=1 ./internal/workerd ./internal/fleet

# The three parts run at the same time: each waits for Node much of its own.
conformance-clients: $(PEERS)
	$(GO) test -tags npm -count=1 -timeout 20m -run '^TestClients$$' ./conformance/
conformance-deploy: $(PEERS)
	$(GO) test -tags npm -count=1 -timeout 20m -run '^Test(Deploy|Rehearse|Gateway)' ./conformance/
conformance-rest: $(PEERS)
	$(GO) test -tags npm -count=1 -timeout 20m -skip '^Test(Clients$$|Deploy|Rehearse|Gateway)' ./conformance/...
	$(GO) test -tags npm -count=1 -run '^TestWalkthroughs$$' ./internal/cli

compatibility: $(PEERS) ## what docs/compatibility.md says of each client, as it is seen now
	$(GO) test -tags npm -count=1 -timeout 20m -run '^TestClients$$' ./conformance/ -update

mutants: $(PEERS) ## 200,000 mutated configurations, read by wrangler and by us; MUTANTS and SEED change that
	$(GO) test -tags npm -count=1 -timeout 2h -run '^TestReadingFuzz$$' ./conformance/ -v \
		-mutants $(or $(MUTANTS),200000) -seed $(or $(SEED),0) -corpus

torture: ## kill -9 the server 500 times under load, and look for what was acknowledged; KILLS and SEED change that
	$(GO) run ./torture -kills $(or $(KILLS),500) $(if $(SEED),-seed $(SEED))

torture-copies: ## stop bindery copy and undo 300 times by kill -9, Ctrl-C, a cut network and an expired token; KILLS and SEED too
	$(GO) run ./torture -copies -kills $(or $(KILLS),300) $(if $(SEED),-seed $(SEED))

conformance/node_modules/.package-lock.json: conformance/package.json conformance/package-lock.json
	$(NPM) ci --prefix conformance --no-audit --no-fund
	@touch $@

# Not npm ci: that wants workerd for every platform in the lock file, where some are missing.
conformance/newest/node_modules/.package-lock.json: conformance/newest/package.json conformance/newest/package-lock.json
	$(NPM) install --no-save --prefix conformance/newest --no-audit --no-fund
	@touch $@

lint: ## gofmt, vet, staticcheck, actionlint
	@bad=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$bad" ]; then echo "gofmt -w $$bad"; exit 1; fi
	$(GO) vet ./...
	$(GO) vet -tags npm ./conformance/...
	$(GO) vet -C conformance/gosdk ./...
	$(GO) tool -modfile=dev/go.mod staticcheck ./...
	$(GO) tool -modfile=dev/go.mod actionlint .github/workflows/*.yml docs/ci/github.yml

fuzz: ## each fuzzer for FUZZTIME (20s); FUZZ chooses by name
	GO=$(GO) FUZZ='$(or $(FUZZ),.)' FUZZTIME=$(or $(FUZZTIME),20s) scripts/fuzz.sh

bench: conformance/node_modules/.package-lock.json ## the figures of docs/benchmarks.md, side by side in one run
	$(GO) run ./bench -write docs/benchmarks.md

rehearse: ## the main job, on the example of the README
	$(GO) run ./cmd/bindery rehearse examples/api-gateway --env production

clean: ## what the targets above have made
	rm -rf bin conformance/node_modules conformance/newest/node_modules
