#!/bin/sh
# tsan.sh BUILD - ThreadSanitizer over the session suites: what two threads do at once that they must not.
#
# Builds GLib of this Debian's source and then Limn, without its window, with clang's ThreadSanitizer in the folder BUILD,
# and runs what the fake engine is enough for.  Debian's GLib will not do: its locks, queues and atomic counts are not seen
# then, and all that they guard looks unguarded.  GLib's own races are in suppressions.  What is built is left for the next
# time; reports are in BUILD/reports.  A suite passes that passes its tests and has no report.  Ends with "tsan: N passed,
# N failed"; exit status 77: not to be had here, and why.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
mkdir -p "$1"
dir=$(cd "$1" && pwd)

skip () {
  echo "tsan: $*, nothing was run" >&2
  exit 77
}
command -v apt-get >/dev/null || skip "this is not Debian"
command -v clang >/dev/null || skip "there is no clang"

# With a list of sources of its own: the system's may have none.
get_glib () {
  version=$(dpkg-query -W -f '${source:Version}' libglib2.0-dev)
  [ ! -f "$dir/glib-$version/meson.build" ] || return 0
  mkdir -p "$dir/lists/partial" "$dir/get"
  apt-get indextargets --format 'deb-src $(REPO_URI) $(SUITE) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' \
    'Component: main' | sort -u > "$dir/sources.list"
  options="-q -o Dir::Etc::sourcelist=$dir/sources.list -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists=$dir/lists
    -o APT::Sandbox::User="
  # shellcheck disable=SC2086
  (cd "$dir/get" && apt-get $options update && apt-get $options source "glib2.0=$version") >"$dir/get.log" 2>&1 ||
    skip "the source of GLib is not to be had ($dir/get.log)"
  mv "$dir"/get/glib2.0-*/ "$dir/glib-$version"
}

build_glib () {
  glib=$dir/glib-build
  [ -f "$glib/build.ninja" ] || CC=clang meson setup "$glib" "$dir/glib-$version" -Dbuildtype=debugoptimized \
    -Db_sanitize=thread -Db_lundef=false -Dtests=false -Dinstalled_tests=false -Dnls=disabled -Dselinux=disabled \
    -Dlibmount=disabled -Dlibelf=disabled -Dman=false >"$dir/glib.log" 2>&1 || skip "GLib cannot be set up ($dir/glib.log)"
  # shellcheck disable=SC2046
  ninja -C "$glib" $(ninja -C "$glib" -t targets all | sed -n 's/^\(g[a-z]*\/lib[a-z]*-2\.0\.so[.0-9]*\): c_LINKER$/\1/p') \
    >>"$dir/glib.log" 2>&1 || skip "GLib cannot be built ($dir/glib.log)"
  libraries=$glib/glib:$glib/gobject:$glib/gmodule:$glib/gio
}

# The suites of a real device are left to the others: drivers are not built for this.
build_limn () {
  limn=$dir/limn
  [ -f "$limn/build.ninja" ] ||
    CC=clang meson setup "$limn" -Db_sanitize=thread -Db_lundef=false -Dapp=disabled >"$dir/limn.log"
  suites=$(ninja -C "$limn" -t targets all | sed -n 's/^tests\/session\/test-\([a-z-]*\): .*/\1/p' |
    grep -vxE 'tails|old-files' | sort)
  # shellcheck disable=SC2046
  ninja -C "$limn" $(for suite in $suites; do echo "tests/session/test-$suite"; done)
}

get_glib
build_glib
build_limn
rm -rf "$dir/reports"
mkdir "$dir/reports"
passed=0
failed=0
for suite in $suites; do
  log=$dir/reports/$suite
  if LD_LIBRARY_PATH=$libraries G_SLICE=always-malloc \
    TSAN_OPTIONS="suppressions=$here/suppressions exitcode=66 history_size=4 ${TSAN_OPTIONS:-}" \
    "$limn/tests/session/test-$suite" >"$log" 2>&1; then
    passed=$((passed + 1))
    rm "$log"
  else
    echo "$suite: $(grep -c '^WARNING: ThreadSanitizer' "$log") reports ($log)"
    grep -a '^SUMMARY: ThreadSanitizer' "$log" | sort | uniq -c || grep -a '^not ok' "$log" || true
    failed=$((failed + 1))
  fi
done
echo "tsan: $passed passed, $failed failed"
[ "$failed" = 0 ]
