#!/bin/sh
# docs.sh - what people read is true of what there is: links lead to files, options of limn-cli exist, the window has
# what tables call by name, and a page in another language has the same rows.
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
# What a page's rows say that is the same in every language.
rows () {
  grep '^|' "$1" | while IFS= read -r row; do
    printf '%s\n' "$row" | grep -o '`--[a-z0-9-]*' | tr '\n' ' '
    echo
  done
}
for page in data/help/*.zh_CN.md; do
  other=${page%.zh_CN.md}.md
  [ -e "$other" ] || continue
  [ "$(rows "$page")" = "$(rows "$other")" ] || { echo "$page: its rows are not those of $other"; bad=1; }
done
# A label may be a menu's, with an access key and dots; msgcat puts each text on a line.
labels=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
msgattrib --translated --no-obsolete po/zh_CN.po | msgcat --no-wrap - >"$scratch/texts"
for page in data/help/coming-from.md data/help/coming-from.zh_CN.md; do
  case $page in *.zh_CN.md) field=msgstr ;; *) field=msgid ;; esac
  texts=$(sed -n "s/^$field \"\(.*\)\"\$/\1/p" "$scratch/texts" | sed 's/([_][A-Z])//; s/_//; s/…$//' | tr A-Z a-z)
  grep '^|' "$page" | grep -o '\*[^*|]*\*' | tr -d '*' | tr A-Z a-z | sort -u >"$scratch/labels"
  while IFS= read -r label; do
    labels=$((labels + 1))
    printf '%s\n' "$texts" | grep -qxF -e "$label" || { echo "$page: the window has no \"$label\""; bad=1; }
  done <"$scratch/labels"
done
[ "$labels" -gt 80 ] || { echo "only $labels labels seen"; bad=1; }
[ "$links" -gt 15 ] && [ "$options" -gt 30 ] || { echo "only $links links and $options options seen"; bad=1; }
exit $bad
