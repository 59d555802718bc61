#!/bin/sh
# shaders.sh - every .comp has a test of its stem, and is in the list that is built; what is built is valid SPIR-V.
#
# usage: shaders.sh SOURCE GLSLC [SPIRV-VAL]
set -eu
cd "$1"
glslc=$2
validate=${3:-}
spirv=$(mktemp)
trap 'rm -f "$spirv"' EXIT
bad=0

for shader in shaders/*.comp; do
  stem=$(basename "$shader" .comp)
  tested=
  for test in tests/kernel/*.c; do
    case $stem in
      "$(basename "$test" .c)"*) tested=yes ;;
    esac
  done
  [ -n "$tested" ] || { echo "$shader has no test in tests/kernel"; bad=1; }
  grep -q "\['$stem'," shaders/meson.build || { echo "$shader is not in shaders/meson.build"; bad=1; }
  [ -n "$validate" ] || continue
  for define in -DSTORE_F16 -DSTORE_F32 -DSHARED_LANES; do
    "$glslc" -O --target-env=vulkan1.2 -I shaders "$define" "$shader" -o "$spirv" \
      && "$validate" --target-env vulkan1.2 "$spirv" || { echo "$shader $define is not valid"; bad=1; }
  done
done
exit $bad
