#!/bin/sh
# sizes.sh - no file grows past what one can read: .c and .h 600 lines, .comp and .glsl 200, limn.h 250, functions 60;
# code, comments and Markdown are 120 columns wide.
set -eu
cd "$1"
bad=0

for file in $(find src tests -name '*.[ch]') $(find shaders -name '*.comp' -o -name '*.glsl'); do
  limit=600
  case $file in
    *.comp | *.glsl) limit=200 ;;
    src/engine/limn.h) limit=250 ;;
  esac
  lines=$(wc -l < "$file")
  if [ "$lines" -gt "$limit" ]; then
    echo "$file: $lines lines, at most $limit"
    bad=1
  fi
done

# A function's body runs from "{" to "}" in the first column.
awk '
FNR == 1 { start = 0 }
/^{/ { start = FNR }
/^}/ {
  if (start && FNR - start > 60 && $0 == "}") {
    printf "%s:%d: a function of %d lines, at most 60\n", FILENAME, start, FNR - start
    bad = 1
  }
  start = 0
}
END { exit bad }
' $(find src -name '*.c') || bad=1

# Columns are characters, which grep counts and not every awk.  Strings, tables and what is set as code may be wider.
awk '
FNR == 1 { code = 0 }
/^```/ { code = !code }
FILENAME ~ /md$/ ? !code && !/^(\||    )/ : !/^[^*\/]*"/ { print FILENAME ":" FNR ":" $0 }
' README.md $(find src tests shaders ui data -name '*.[ch]' -o -name '*.comp' -o -name '*.glsl' -o -name '*.md') \
  | LC_ALL=C.UTF-8 grep -E '^[^:]*:[0-9]*:.{121}' | sed 's/^\([^:]*:[0-9]*\):.*/\1: more than 120 columns/' | grep . && bad=1
exit $bad
