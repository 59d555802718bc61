#!/bin/sh
# contact-sheet.sh - every sampler over some schedules, painted by the starter, as one picture to look at: a row a
# sampler.  It needs ImageMagick, and is no test: what is on it a person judges.
#
# contact-sheet.sh LIMN-CLI SHEET.png [STEPS [SCHEDULE...]]
#
# SPDX-License-Identifier: GPL-3.0-or-later
set -eu
program=$(realpath "$1") sheet=$(realpath -m "$2") steps=${3:-20}
shift $(($# < 3 ? $# : 3))
[ $# -gt 0 ] || set -- model karras sgm_uniform beta exponential
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
samplers=$("$program" --complete generate --sampler '' | cut -f 1)
for sampler in $samplers; do
  for schedule in "$@"; do
    echo "{\"prompt\": \"a red boat on water at sunset\", \"seed\": 8, \"guidance\": 3, \"steps\": $steps," \
      "\"sampler\": \"$sampler\", \"schedule\": \"$schedule\", \"output\": \"$sampler $schedule.png\"}"
  done
done >"$folder/jobs.jsonl"
"$program" batch "$folder/jobs.jsonl" --results "$folder/pictures" >/dev/null
for sampler in $samplers; do
  for schedule in "$@"; do
    echo "$folder/pictures/$sampler $schedule.png"
  done
done >"$folder/order"
tr '\n' '\0' <"$folder/order" | xargs -0 sh -c 'sheet=$1 columns=$2; shift 2
  montage -label %t "$@" -tile "${columns}x" -geometry 96x96+4+2 -pointsize 9 "$sheet"' montage "$sheet" "$#"
echo "$sheet"
