#!/bin/sh
# shaders.sh - every .comp has a test of its stem, and is in the list that is built; what is built is valid SPIR-V.
#
# usage: shaders.sh SOURCE GLSLC MATRIX-GLSLC SPIRV-VAL REDUCES; any of the last three may be empty
set -eu
cd "$1"
glslc=$2
matrix_glslc=$3
validate=$4
reduces=$5
spirv=$(mktemp)
trap 'rm -f "$spirv"' EXIT
bad=0

# check SHADER GLSLC DEFINITIONS...: for ENVIRONMENT
environment=vulkan1.2
check () {
  shader=$1
  compiler=$2
  shift 2
  validator=$(dirname "$compiler")/spirv-val
  [ -x "$validator" ] || validator=$validate
  "$compiler" -O --target-env="$environment" -I shaders "$@" "$shader" -o "$spirv" \
    && "$validator" --target-env "$environment" "$spirv" || { echo "$shader $* is not valid"; bad=1; }
}

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
  case $stem in
    *_staged)
      [ "$stem" = attention_staged ] || check "$shader" "$glslc" -DSTORE_F16
      [ -z "$matrix_glslc" ] || check "$shader" "$matrix_glslc" -DSTORE_F16 -DFLOAT16 -DMATRIX
      [ "$stem" != attention_staged ] || [ -z "$reduces" ] \
        || environment=vulkan1.3 check "$shader" "$matrix_glslc" -DSTORE_F16 -DFLOAT16 -DMATRIX -DREDUCES
      ;;
    *)
      for define in -DSTORE_F16 -DSTORE_F32 -DSHARED_LANES; do
        check "$shader" "$glslc" "$define"
      done
      ;;
  esac
done
exit $bad
