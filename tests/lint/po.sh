#!/bin/sh
# po.sh - every string that people read can be translated, and the translations are whole.
#
#   tests/lint/po.sh SOURCE           checks
#   tests/lint/po.sh SOURCE update    brings po/POTFILES and the translations up to date; what is new is left empty
set -eu
cd "$1"
command -v xgettext >/dev/null || { echo "xgettext is not installed"; exit 77; }
bad=0
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

# Files that say something but are not listed would stay English.
{
  ls data/*.desktop.in data/*.metainfo.xml.in
  grep -lE '\<(_|N_|C_|NC_|P_|ngettext) \(' $(find src -name '*.c')
  grep -lE 'translatable="(yes|true)"' $(find ui -name '*.ui')
} | LC_ALL=C sort > "$temporary/POTFILES"
if [ "${2:-}" = update ]; then
  cp "$temporary/POTFILES" po/POTFILES
elif ! cmp -s "$temporary/POTFILES" po/POTFILES; then
  echo "po/POTFILES does not list just the files that have strings (< lacks, > needless):"
  diff "$temporary/POTFILES" po/POTFILES || bad=1
fi

xgettext --from-code=UTF-8 --add-comments=translators --keyword=_ --keyword=N_ --keyword=C_:1c,2 --keyword=NC_:1c,2 \
  --keyword=P_:1,2 --package-name=limn --add-location=file --files-from="$temporary/POTFILES" \
  --output="$temporary/limn.pot" 2>"$temporary/log" || bad=1
grep . "$temporary/log" && bad=1
[ "$(grep -c '^msgid' "$temporary/limn.pot")" -gt 900 ] || { echo "too few strings: were they looked for?"; bad=1; }

for language in $(grep -vE '^(#|$)' po/LINGUAS); do
  po=po/$language.po
  merged=$temporary/$language.po
  msgmerge --quiet --no-fuzzy-matching --add-location=file -o "$merged" "$po" "$temporary/limn.pot"
  if [ "${2:-}" = update ]; then
    msgattrib --no-obsolete --add-location=file "$merged" > "$po"
  fi
  # -c: formats have the same arguments, plural forms are right
  msgfmt -c -o /dev/null "$po" || bad=1
  for kind in untranslated only-fuzzy; do
    msgattrib --$kind --no-obsolete --no-location "$merged" > "$temporary/$kind"
    # what msgattrib prints begins with the header, where there is anything
    if [ "$(grep -c '^msgid ' "$temporary/$kind")" -gt 1 ]; then
      echo "$po has strings that are $kind:"
      grep -A2 '^msgid ' "$temporary/$kind" | sed 1,3d | head -60
      bad=1
    fi
  done
done
exit $bad
