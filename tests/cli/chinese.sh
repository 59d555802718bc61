#!/bin/sh
# chinese.sh - a program that lies in its build folder finds the translations there.
#
# SPDX-License-Identifier: GPL-3.0-or-later
set -u
program=$1
bad=0

expect () {
  case $2 in
    *"$3"*) ;;
    *) printf 'expected "%s" in what %s says:\n%s\n' "$3" "$1" "$2"; bad=1 ;;
  esac
}

# C.UTF-8 is no language: newer C libraries translate nothing there
locales=$(mktemp -d)
trap 'rm -rf "$locales"' EXIT
localedef -i zh_CN -f UTF-8 "$locales/zh_CN.UTF-8" || exit 1
export LOCPATH="$locales" LC_ALL=zh_CN.UTF-8
unset LANGUAGE

expect "--help in Chinese" "$("$program" --help)" "绘制图片"
expect "generate --help in Chinese" "$("$program" generate --help)" "提示词"
expect "an error in Chinese" "$("$program" inspect /nowhere 2>&1)" "没有文件或文件夹 /nowhere"
expect "--help in a language without a translation" "$(LANGUAGE=tlh "$program" --help)" "paint a picture"
exit $bad
