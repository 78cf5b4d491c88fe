# Kennisborg's commands: `make help` lists them. Each sets up what it needs and may be repeated.

.DEFAULT_GOAL := help
.PHONY: help setup demo up test journeys bench check fix lock css icons messages screenshots

RUN := sh scripts/run
PORT ?= 8000
HOST ?= 127.0.0.1
# By the environment, so that no value is read by a shell; `exec`, so that make is our parent.
export PORT HOST RESET ORGANISATION HR_EMAIL QUICK SIZE

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-20s %s\n", $$1, $$2}'

setup: ## prepare .venv for developers (the other commands do so themselves)
	@$(RUN) development scripts/ready.py

demo: ## try Kennisborg with believable data (PORT=8000 HOST=127.0.0.1; RESET=1 starts over)
	@exec $(RUN) tryout -m config.supervisor demo

up: ## run Kennisborg with your own data (asks once, or ORGANISATION="…" HR_EMAIL=…)
	@exec $(RUN) tryout -m config.supervisor up

test: ## run all tests, or one part with T=tests/knowledge (and more pytest options in O="…")
ifeq ($(T),)
	@$(RUN) development scripts/chromium.py
	@$(RUN) development -m pytest -n 2 --dist loadgroup --no-loadscope-reorder $(O)
else
	@$(RUN) development -m pytest $(T) $(O)
endif

journeys: ## run the stories in a real browser only
	@$(RUN) development scripts/chromium.py
	@$(RUN) development -m pytest -m journey $(O)

bench: ## measure speed against a floor (QUICK=1 only counts; SIZE=100000 engagements)
	@$(RUN) development -m bench

check: ## everything that must hold besides the tests: style, types, layers, templates, translations
	@$(RUN) development scripts/check.py

fix: ## format the code and templates and mend what can be mended without a person
	@$(RUN) development scripts/fix.py

lock: ## lock the newest versions of all dependencies, with hashes
	@$(RUN) development scripts/lock.py

css: ## build static/css from static/scss (needs Node)
	@test -d node_modules || npm install --no-audit --no-fund
	@npm run --silent css

icons: ## build the icon sprite (needs Node)
	@test -d node_modules || npm install --no-audit --no-fund
	@$(RUN) development scripts/build_icons.py

messages: ## collect the texts to translate into locale/ (needs gettext)
	@$(RUN) development scripts/messages.py

screenshots: ## make docs/screenshots from the demo data
	@$(RUN) development scripts/chromium.py
	@$(RUN) development scripts/screenshots.py
