#!/bin/sh
# limn-cli.sh - the manual page of limn-cli: its template, with the options as limn-cli itself tells them.
#
#   limn-cli.sh LIMN-CLI TEMPLATE > limn-cli.1
#
# SPDX-License-Identifier: GPL-3.0-or-later
set -eu
program=$1
template=$2
export LC_ALL=C.UTF-8 LANGUAGE=

tell_options () {
  for command in $("$program" --help | sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p'); do
    "$program" "$command" --help | awk -v command="$command" '
      function roff (text) {
        gsub (/\\/, "\\e", text)
        gsub (/-/, "\\-", text)
        return text
      }
      NR == 2 {
        sub (/^ *limn-cli [a-z-]+ \[[^]]*\] */, "")
        print ".SS \"limn\\-cli " command " [\\fIoption\\fR ...]" ($0 == "" ? "" : " \\fI" $0 "\\fR") "\""
      }
      NR == 4 { print roff($0) }
      $1 ~ /^--/ {
        split ($1, part, "=")
        print ".TP"
        print "\\fB" roff(part[1]) "\\fR" (part[2] == "" ? "" : "=\\fI" roff(part[2]) "\\fR")
        sub (/^ *[^ ]+ */, "")
        print roff($0)
      }'
  done
}

while IFS= read -r line; do
  if [ "$line" = @options@ ]; then
    tell_options
  else
    printf '%s\n' "$line"
  fi
done < "$template" | sed "s/@version@/$("$program" --version | sed 's/^Limn //')/"
