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

expect "--help in Chinese" "$(LC_ALL=C.UTF-8 LANGUAGE=zh_CN "$program" --help)" "绘制图片"
expect "generate --help in Chinese" "$(LC_ALL=C.UTF-8 LANGUAGE=zh_CN "$program" generate --help)" "提示词"
expect "an error in Chinese" "$(LC_ALL=C.UTF-8 LANGUAGE=zh_CN "$program" inspect /nowhere 2>&1)" "没有文件或文件夹 /nowhere"
expect "--help in a language without a translation" "$(LC_ALL=C.UTF-8 LANGUAGE=tlh "$program" --help)" "paint a picture"
exit $bad
