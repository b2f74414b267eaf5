#!/usr/bin/env bash
# Gates results on a golden set, appends a summary to the job's page, and ends with the gate's own exit status.
# What is wanted comes from the environment, never from text that is put into this script.
set -u

summary=${GITHUB_STEP_SUMMARY:-/dev/null}
output=${GITHUB_OUTPUT:-/dev/null}
folder=$(mktemp -d "${RUNNER_TEMP:-/tmp}/gate.XXXXXX")
junit=$folder/gate.xml
markdown=$folder/gate.md
said=$folder/said.txt

ended() { # status, what to say where there is no report
  {
    echo "status=$1"
    echo "junit=$junit"
    echo "markdown=$markdown"
  } >> "$output"
  cat "$said" >&2
  if [ -s "$markdown" ]; then
    cat "$markdown" >> "$summary"
  else
    printf '### Gate: not decided\n\n%s\n\n```text\n%s\n```\n' "$2" "$(cat "$said")" >> "$summary"
  fi
  exit "$1"
}

# a checkout holds the golden files and the settings; the database stays where the set is made
workbench init "$WORKSPACE" > /dev/null 2> "$said" || ended 2 "The workspace cannot be opened."

if [ -n "${SHA256:-}" ]; then
  if [ -z "${GOLDEN:-}" ]; then
    echo "sha256 is the hash of one version. Give golden too" > "$said"
    ended 2 "The request is not complete."
  fi
  workbench golden verify "$GOLDEN" --folder "$WORKSPACE/golden" --sha256 "$SHA256" > "$said" 2>&1 ||
    ended 2 "The golden set is not the one that was frozen."
fi

arguments=(--results "$RESULTS" --junit "$junit" --markdown "$markdown")
[ -z "${GOLDEN:-}" ] || arguments+=(--golden "$GOLDEN")
[ -z "${BASELINE:-}" ] || arguments+=(--baseline "$BASELINE")
[ -z "${CONTRACT:-}" ] || arguments+=(--contract "$CONTRACT")
[ -z "${MODE:-}" ] || arguments+=(--mode "$MODE")
workbench -w "$WORKSPACE" gate "${arguments[@]}" 2> "$said"
ended "$?" "The results cannot be gated."
