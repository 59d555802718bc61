#!/bin/sh
# man.sh - the manual pages are well-formed, and that of limn-cli tells every command and option that it has.
#
# usage: man.sh SOURCE LIMN-CLI
set -eu
program=$(realpath "$2")
cd "$1"
command -v mandoc >/dev/null || { echo "mandoc is not installed"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
page=$folder/limn-cli.1
bad=0

sh data/man/limn-cli.sh "$program" data/man/limn-cli.1.in > "$page"
for each in "$page" data/man/*.1; do
  mandoc -T lint -W warning "$each" || bad=1
done

export LC_ALL=C.UTF-8 LANGUAGE=
text=$(mandoc -T utf8 "$page" | col -b)
told=0
for command in $("$program" --complete "" | cut -f 1); do
  case $text in
    *"limn-cli $command [option ...]"*) ;;
    *) echo "the page lacks the command $command"; bad=1 ;;
  esac
  for option in $("$program" "$command" --help | sed -n 's/^  \(--[a-z0-9-]*\).*/\1/p'); do
    told=$((told + 1))
    printf '%s\n' "$text" | grep -qE "^ +$option(=|[[:space:]]|\$)" || { echo "the page lacks $command $option"; bad=1; }
  done
done
[ "$told" -gt 50 ] || { echo "only $told options seen: were they looked for?"; bad=1; }
exit $bad
