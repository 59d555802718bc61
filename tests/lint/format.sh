#!/bin/sh
# format.sh - clang-format 14 decides (other versions format otherwise: skipped).
set -eu
cd "$1"
case $(clang-format --version 2>/dev/null) in
  *" version 14."*) ;;
  *) echo "clang-format 14 is not here"; exit 77 ;;
esac
clang-format --dry-run -Werror $(find src tests -name '*.[ch]') 2>&1 | grep -E 'error:' | cut -d: -f1 | sort | uniq -c && exit 1
exit 0
