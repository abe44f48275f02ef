# Needs Go, git and make; everything else is built from the modules below
# testdata/tools, whose versions are pinned there. `make help` lists what can
# be asked for.

GO       ?= go
GOFMT    := $(shell $(GO) env GOROOT)/bin/gofmt
FUZZTIME ?= 10s
BENCH    ?= .
COUNT    ?= 1
# Above the ten minutes of go test: the first run on a small machine compiles
# everything with the race detector.
TIMEOUT  ?= 30m

# A pinned tool, built into Go's own cache: $(call tool,staticcheck) ./...
tool = $(GO) tool -modfile=testdata/tools/$(1)/go.mod $(1)

.DEFAULT_GOAL := help
# One thing at a time: each of them uses all cores by itself.
.NOTPARALLEL:
.PHONY: help build sops test test-fast race lint gofmt vet staticcheck vuln tools bench bench-peers fuzz fmt

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile

build: ## build the commands into bin/
	@mkdir -p bin
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/ ./cmd/...

test: lint tools race sops ## everything that CI checks

test-fast: ## the tests without linters, the race detector or what -short leaves out
	$(GO) test -short ./...

# Compiling runtime/cgo for it shows whether the race detector works here: it
# needs a C compiler, the C library's headers and a platform that has it.
race: ## all tests, with the race detector where a C compiler is installed
	@if $(GO) build -race runtime/cgo >/dev/null 2>&1; then \
		echo "$(GO) test -race ./..."; \
		$(GO) test -race -timeout $(TIMEOUT) ./...; \
	else \
		echo "race: testing without the race detector, which does not build here (no C compiler?)"; \
		$(GO) test -timeout $(TIMEOUT) ./...; \
	fi

# SOPS brings a hundred modules, so the tests with the real thing are a module of their own.
sops: ## test that SOPS itself still verifies what passes through plainsail
	cd testdata/sops && $(GO) test ./...

lint: gofmt vet staticcheck vuln ## formatting, go vet, staticcheck and govulncheck

# Files that git knows or would add: test data may be ill-formed on purpose.
gofmt:
	@unformatted=$$(git ls-files -co --exclude-standard -- '*.go' ':!:*testdata/*' | \
		while IFS= read -r f; do [ ! -f "$$f" ] || $(GOFMT) -l "$$f"; done); \
	if [ -n "$$unformatted" ]; then \
		echo "gofmt: not formatted; run make fmt:"; echo "$$unformatted"; exit 1; \
	fi

vet:
	$(GO) vet ./...

staticcheck:
	$(call tool,staticcheck) ./...

# The database of vulnerabilities is on the internet. govulncheck -version
# asks for its date and leaves the line out when nothing answers; only then is
# the check skipped, so whatever it finds fails. The first call builds it, so
# that the time limit is for the network alone.
vuln:
	@$(call tool,govulncheck) -h >/dev/null 2>&1 || { $(call tool,govulncheck) -h; exit 1; }
	@limit=; ! command -v timeout >/dev/null || limit="timeout 30"; \
	if $$limit $(call tool,govulncheck) -version 2>/dev/null | grep -q '^DB updated'; then \
		echo "govulncheck ./..."; \
		$(call tool,govulncheck) ./...; \
	else \
		echo "govulncheck: skipped, its vulnerability database does not answer from here"; \
	fi

tools: ## build the programs that tests compare with (once for each machine)
	$(GO) test -count=1 -timeout $(TIMEOUT) -run '^TestBuild$$' ./internal/testtools

bench: ## run the benchmarks: BENCH=regexp, COUNT=10 for benchstat
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -count $(COUNT) -timeout 0 ./...

FLEETS ?= 99,999
bench-peers: ## time plainsail beside loops of kustomize and helm: FLEETS=99,999,3000
	$(GO) test ./bench -run TestPeers -count=1 -timeout 0 -v -fleets '$(FLEETS)'

# go test -fuzz takes one target of one package at a time.
fuzz: ## run each Fuzz target for FUZZTIME (default 10s)
	@$(GO) list ./... | while IFS= read -r pkg; do \
		targets=$$($(GO) test -list '^Fuzz' "$$pkg") || { echo "$$targets"; exit 1; }; \
		for target in $$(echo "$$targets" | grep '^Fuzz'); do \
			echo "fuzz $$target in $$pkg"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$pkg" </dev/null || exit 1; \
		done; \
	done

fmt: ## format the Go files
	@git ls-files -co --exclude-standard -- '*.go' ':!:*testdata/*' | \
		while IFS= read -r f; do [ ! -f "$$f" ] || $(GOFMT) -l -w "$$f"; done
