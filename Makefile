# 烽燧 (Fengsui)
#
#   make run         build what is missing and open the demo on http://127.0.0.1:8080
#   make test        install what the tests need (as root), then run all tests: Rust, both databases, browser
#
#   make build       target/release/fengsui, fully optimised
#   make web         style sheet and scripts into web/dist (embedded in the binary)
#   make bench       the benchmarks, with a PostgreSQL that flushes to disk
#   make lint        formatting, clippy, types, templates
#   make setup-test  only install what the tests need
#   make clean       remove everything built; demo-data stays
#
# CARGO_TARGET_DIR is honoured. LISTEN and DATA choose the demo's address and folder.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help run build test bench web setup-test lint clean tools

LISTEN ?= 127.0.0.1:8080
DATA ?= demo-data

TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
WEB_SOURCES := $(wildcard web/*.ts web/*.json web/public/*) $(shell find web/islands web/styles web/build -type f)

help:
	@awk '/^#/ { sub(/^# ?/, ""); print; next } { exit }' Makefile

run: tools web
	cargo build --profile demo -p server --bin fengsui --locked
	.ci/demo "$(TARGET)/demo/fengsui" "$(LISTEN)" "$(DATA)"

build: tools web
	cargo build --release --locked

test: setup-test tools web
	cd web && npm run --silent check
	.ci/with-postgres .ci/test

bench: tools web
	FENGSUI_POSTGRES_DURABLE=1 .ci/with-postgres cargo bench -p store --locked
	FENGSUI_POSTGRES_DURABLE=1 .ci/with-postgres cargo bench -p server --locked

lint: tools web
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cd web && npm run --silent check

setup-test:
	@.ci/setup-test

clean:
	cargo clean
	rm -rf web/dist web/node_modules web/fonts/files e2e/node_modules e2e/test-results e2e/playwright-report

web: tools web/dist/app.css

tools:
	@.ci/tools

# `npm ci` only when the lock changed: the stamp goes with node_modules.
web/node_modules/.stamp: web/package.json web/package-lock.json
	cd web && npm ci --ignore-scripts
	@touch $@

web/dist/app.css: web/node_modules/.stamp $(WEB_SOURCES)
	cd web && npm run --silent build
	@touch $@
