#!/bin/sh
# tree.sh - the top level is fixed, nothing is left over, and the golden files stay small.
set -eu
cd "$1"
bad=0

for entry in *; do
  case $entry in
    meson.build | meson_options.txt | Makefile | LICENSE | README.md) ;;
    src | shaders | ui | data | po | tests | flatpak) ;;
    build | build-*) ;;
    *) echo "$entry does not belong at the top level"; bad=1 ;;
  esac
done
if grep -rnwE 'TODO|FIXME|XXX' src shaders ui tests --include='*.[ch]' --include='*.comp' --include='*.glsl' --include='*.ui'; then
  bad=1
fi
# Their bytes: what blocks they take is the file system's.
kilobytes=$(du -sk --apparent-size tests/golden | cut -f1)
[ "$kilobytes" -le 97656 ] || { echo "tests/golden has $kilobytes KiB, at most 97656 (100 MB)"; bad=1; }
kilobytes=$(du -sk data/starter | cut -f1)
[ "$kilobytes" -le 32768 ] || { echo "data/starter has $kilobytes KiB, at most 32768"; bad=1; }
exit $bad
