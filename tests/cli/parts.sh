#!/bin/sh
# parts.sh - a model made of parts: told by inspect, painted with, named beside the picture, and refused where they do
# not go together.  parts.sh PROGRAM GOLDEN
#
# SPDX-License-Identifier: GPL-3.0-or-later
set -u
program=$1
golden=$2
bad=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

expect () {
  case $2 in
    *"$3"*) ;;
    *) printf 'expected "%s" in what %s says:\n%s\n' "$3" "$1" "$2"; bad=1 ;;
  esac
}

model=$golden/mini-sdxl
unet=$golden/gguf/mini-sdxl-q-Q8_0.gguf
vae=$golden/mini-sd15/vae

told=$("$program" inspect "$model" --unet "$unet" 2>&1)
expect inspect "$told" "F16, Q8_0  from mini-sdxl-q-Q8_0"
expect inspect "$told" "none is left over"
for part in unet vae text-encoder text-encoder-2; do
  expect "--help" "$("$program" generate --help)" "--$part=PATH"
done

wrong=$("$program" inspect "$model" --vae "$vae" 2>&1) && bad=1
expect "inspect with a wrong VAE" "$wrong" "$vae"
expect "inspect with a wrong VAE" "$wrong" "$model"

"$program" generate --model "$model" --unet "$unet" --prompt "a cube" --size 96x64 --steps 2 \
  --output "$folder/out.png" 2> "$folder/said"
status=$?
if [ $status -eq 0 ]; then
  grep -aq '"parts": {"unet": "mini-sdxl-q-Q8_0"}' "$folder/out.png" || { echo "the picture does not name its parts"; bad=1; }
elif [ -n "${LIMN_REQUIRE_GPU-}" ] || ! grep -q "Vulkan" "$folder/said"; then
  cat "$folder/said"
  bad=1
fi

ln -s "$unet" "$folder/unet.gguf"
over=$("$program" generate --model "$model" --unet "$unet" --prompt "a cube" --output "$folder/unet.gguf" 2>&1) && bad=1
expect "generate over a part" "$over" "--output"
exit $bad
