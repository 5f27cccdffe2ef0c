# Torii. `make` alone says what there is.

OUT      := build/out
# One set of build flags everywhere: a changed flag rebuilds the window's
# toolkit for five minutes. The window draws on X11 (input methods need it).
UI_TAGS  := x11,migrated_fynedo,no_emoji
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS  := -X torii/app/api.Build=$(VERSION)
PURE     := torii toriictl torii-helper
# Packages that link neither the window nor a card's library, and so build
# without cgo for every system.
PURE_PKG  = $$(go list ./app/... ./tunnel/... ./certstore/... ./i18n/... ./assets/... ./ui/tray/... 2>/dev/null | grep -vE '/cmd/torii-(window|token)$$')
FUZZTIME ?= 30s
export GOTOOLCHAIN := local

.DEFAULT_GOAL := help
.PHONY: help bootstrap build run test test-unit test-privileged race fuzz bench bench-window soak cross lint screenshots clean

help: ## print this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

bootstrap: ## install what this machine lacks (Debian packages)
	@build/bootstrap

build: bootstrap ## build every program into build/out
	@mkdir -p $(OUT)
	@test -x $(OUT)/torii-window || echo "Building; the first time takes some minutes, because the window's toolkit is large."
	@for p in $(PURE); do CGO_ENABLED=0 go build -ldflags '$(LDFLAGS)' -o $(OUT)/$$p ./app/cmd/$$p || exit 1; done
	@CGO_ENABLED=1 go build -tags $(UI_TAGS) -ldflags '$(LDFLAGS)' -o $(OUT)/torii-window ./app/cmd/torii-window
	@CGO_ENABLED=1 go build -ldflags '$(LDFLAGS)' -o $(OUT)/torii-token ./app/cmd/torii-token

run: build ## start Torii with the practice gateway
	@build/run $(OUT)

test: build ## everything, the real gateways included; ends with the count
	@build/test

test-unit: ## the tests that need no root and no gateway
	@go test -tags $(UI_TAGS) ./...

race: ## the unit tests of all but the window with the race detector
	@go test -race -tags $(UI_TAGS) $(PURE_PKG)

fuzz: ## each fuzz target for FUZZTIME (30s)
	@build/fuzz $(FUZZTIME)

bench: build ## measure against openconnect and wireguard-go, in turns
	@go test -tags bench -run '^TestBench$$' -timeout 40m -count 1 -v ./tunnel/bench \
		-args -binaries $(CURDIR)/$(OUT) -report $(CURDIR)/$(OUT)/bench.md

bench-window: build ## measure the window against an empty one, in turns
	@go test -tags $(UI_TAGS),bench -run '^TestBench$$' -timeout 15m -count 1 -v ./app/cmd/torii-window \
		-args -binaries $(CURDIR)/$(OUT) -report $(CURDIR)/$(OUT)/bench-window.md

soak: build ## the long ones: hundreds of connects, race of everything, long fuzzing
	@build/soak $(OUT)

cross: ## compile everything but the window and torii-token for Windows and macOS
	@for os in windows darwin; do CGO_ENABLED=0 GOOS=$$os go vet $(PURE_PKG) || exit 1; echo "$$os: compiles"; done

lint: ## formatting, vet and staticcheck
	@test -z "$$(gofmt -l .)" || { gofmt -l .; exit 1; }
	@go vet -tags $(UI_TAGS) ./...
	@go vet -tags $(UI_TAGS),privileged,bench ./...
	@go tool -modfile build/tools/go.mod staticcheck -tags $(UI_TAGS),privileged,bench ./...

screenshots: ## draw every screen and prompt into build/out/screenshots
	@mkdir -p $(OUT)/screenshots
	@go test -tags $(UI_TAGS),screenshots -count 1 -run '^TestScreenshots$$' \
		./ui/window ./ui/screens/connections ./ui/screens/certificates ./ui/screens/doctor -args -out $(CURDIR)/$(OUT)/screenshots

clean: ## remove what was built
	@rm -rf $(OUT)
