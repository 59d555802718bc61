#!/bin/sh
# paint.sh - paints the pictures of the help, by the starter; each has the settings inside that the help shows beside it.
#
# usage: paint.sh LIMN-CLI
#
# SPDX-License-Identifier: GPL-3.0-or-later
set -eu
program=$(realpath "$1")
cd "$(dirname "$0")/pictures"
boat="a red boat on water at sunset"

paint () {
  name=$1
  shift
  "$program" generate --seed 8 --guidance 3 --output "$name.png" "$@"
}

paint prompt-thing --prompt "a boat"
paint prompt-scene --prompt "$boat"
paint prompt-style --prompt "$boat, watercolour"
paint seed-8 --prompt "a tree" --seed 8
paint seed-9 --prompt "a tree" --seed 9
paint seed-10 --prompt "a tree" --seed 10
paint size-square --prompt "$boat"
paint size-wide --prompt "$boat" --size 160x96
paint size-tall --prompt "$boat" --size 96x160
paint hints-none --prompt "a yellow robot on grass"
paint hints-small --prompt "a yellow robot on grass" --original-size 40x40
paint hints-crop --prompt "a yellow robot on grass" --original-size 200x200 --crop 72,0
paint guidance-1 --prompt "a purple cone left of a white cup on tiles" --guidance 1
paint guidance-3 --prompt "a purple cone left of a white cup on tiles" --guidance 3
paint guidance-12 --prompt "a purple cone left of a white cup on tiles" --guidance 12
paint steps-2 --prompt "a pink heart inside a glass ball" --steps 2
paint steps-6 --prompt "a pink heart inside a glass ball" --steps 6
paint steps-30 --prompt "a pink heart inside a glass ball" --steps 30
paint sampler-euler --prompt "an orange house left of a green tree at night" --sampler euler --steps 6
paint sampler-ancestral --prompt "an orange house left of a green tree at night" --sampler euler_ancestral --steps 6
paint sampler-dpmpp --prompt "an orange house left of a green tree at night" --sampler dpmpp_2m --steps 6
paint refiner-off --prompt "a turquoise robot in the snow at night"
paint refiner-late --prompt "a turquoise robot in the snow at night" --refiner ../../starter/refiner --handoff 0.8
paint refiner-early --prompt "a turquoise robot in the snow at night" --refiner ../../starter/refiner --handoff 0.5
for strength in 0.4 0.6 0.9; do
  paint "strength-$strength" --prompt "a white house on snow at night" --image prompt-scene.png --strength "$strength"
done
