#!/bin/sh
# docs.sh - what people read is true of what there is: links lead to files, and options of limn-cli exist.
#
# usage: docs.sh SOURCE LIMN-CLI
set -eu
program=$(realpath "$2")
cd "$1"
export LC_ALL=C.UTF-8 LANGUAGE=
bad=0
links=0
options=0

known=$(for command in $("$program" --complete "" | cut -f 1); do "$program" --complete "$command" -- | cut -f 1; done)
for page in README.md src/DESIGN.md tests/README.md ui/WALK.md data/*/*.md; do
  for link in $(grep -o '](\([^)# ]*\))' "$page" | sed 's/^](//; s/)$//' | grep -v '^https*:'); do
    links=$((links + 1))
    [ -e "$(dirname "$page")/$link" ] || { echo "$page: there is no $link"; bad=1; }
  done
done
# Fences and lines of shell name other programs' options as well.
for option in $(grep -ho '`--[a-z0-9-]*' data/help/*.md | tr -d '`' | sort -u) \
  $(grep -h '^    limn-cli' README.md data/help/*.md | sed 's/#.*//' | grep -o ' --[a-z0-9-]*' | sort -u); do
  case $option in
    --medvram | --lowvram | --no-half-vae) continue ;; # A1111's
  esac
  options=$((options + 1))
  printf '%s\n' "$known" | grep -qx -e "$option" || { echo "limn-cli has no $option"; bad=1; }
done
[ "$links" -gt 15 ] && [ "$options" -gt 30 ] || { echo "only $links links and $options options seen"; bad=1; }
exit $bad
