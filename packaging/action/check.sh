#!/usr/bin/env bash
# Runs the check of the action: annotations into the log, a job summary, SARIF, outputs. The exit code is an output, too, so that
# the findings are uploaded before the job fails.
set -euo pipefail

reports="${RUNNER_TEMP:?}/mcp-conform-reports"
mkdir -p "$reports"
sarif="$reports/$(date +%s)-$$.sarif"

arguments=(--format github --format "job-summary=$GITHUB_STEP_SUMMARY" --format "job-outputs=$GITHUB_OUTPUT" --format "sarif=$sarif")
if [ -n "${PROFILE:-}" ]; then arguments+=(--profile "$PROFILE"); fi
if [ -n "${FAIL_ON:-}" ]; then arguments+=(--fail-on "$FAIL_ON"); fi
if [ -n "${BASELINE:-}" ]; then arguments+=(--expected-failures "$BASELINE"); fi
# Split at white space, line breaks too; nothing in them is run or expanded.
read -r -d '' -a formats <<<"${FORMATS:-}" || true
for format in "${formats[@]}"; do arguments+=(--format "$format"); done
read -r -d '' -a further <<<"${ARGUMENTS:-}" || true

code=0
"$BINARY" check "${arguments[@]}" "${further[@]}" -- "$URL" || code=$?
# Where nothing could be checked there is no report, and that is never a pass.
if [ -s "$sarif" ]; then
    echo "sarif=$sarif" >>"$GITHUB_OUTPUT"
elif [ "$code" = 0 ]; then
    echo "::error title=mcp-conform::Nothing was checked: see the arguments."
    code=2
fi
echo "code=$code" >>"$GITHUB_OUTPUT"
