#!/usr/bin/env bash
# Builds mcp-conform for the action, or takes the one that $BINARY names. Says where it is in $GITHUB_OUTPUT.
set -euo pipefail

if [ -z "${BINARY:-}" ]; then
    root="$RUNNER_TEMP/mcp-conform"
    cargo install --quiet --locked --path "$GITHUB_ACTION_PATH" --root "$root"
    BINARY="$root/bin/mcp-conform"
fi
"$BINARY" --version
echo "binary=$BINARY" >>"$GITHUB_OUTPUT"
