#!/bin/sh
# includes.sh - every #include follows the house: a folder sees only what stands before it, and within src/session and
# src/app a room only those before it (src/DESIGN.md); and threads are begun where their end is seen to.
set -eu
cd "$1"

awk '
BEGIN {
  sees["base"] = "base"
  sees["file"] = "file base"
  sees["map"] = "map base"
  sees["photo"] = "photo file base"
  sees["text"] = "text base"
  sees["gpu"] = "gpu base"
  sees["kernel"] = "kernel gpu base shaders"
  sees["model"] = "model kernel gpu file base"
  sees["engine"] = "engine model kernel gpu text file map base"
  sees["session"] = "session base engine/area.h engine/detect.h engine/enlarge.h engine/limn.h engine/probe.h engine/several.h text/prompt-loras.h text/prompt-weights.h text/styles.h text/wildcards.h"
  sees["serve"] = "serve session base engine/limn.h engine/several.h file/png.h photo/photo.h text/styles.h"
  sees["app"] = "app session base map/map.h serve/server.h engine/enlarge.h engine/limn.h photo/photo.h photo/pose-edit.h text/prompt-compel.h text/prompt-lines.h text/prompt-loras.h text/prompt-schedule.h text/styles.h text/wildcards.h"
  sees["cli"] = "cli base map/map.h engine/convert.h engine/detect.h engine/enlarge.h engine/limn.h engine/probe.h engine/several.h file/atomic-file.h photo/photo.h serve/daemon.h text/prompt-lines.h text/prompt-loras.h text/styles.h text/wildcards.h"
  rooms["session/thread"] = ""
  rooms["session/settings"] = rooms["session/models"] = "thread"
  rooms["session/foreign"] = rooms["session/record"] = "thread settings"
  rooms["session/library"] = "thread settings foreign record"
  rooms["session/run"] = "thread settings record"
  rooms["session/queue"] = "thread settings record run"
  rooms["app/widget"] = ""
  rooms["app/canvas"] = rooms["app/models"] = rooms["app/gallery"] = rooms["app/prompt"] = rooms["app/queue"] = "widget"
  rooms["app/panel"] = "widget canvas"
  rooms["app/run"] = "widget gallery"
  rooms["app/window"] = "widget canvas gallery models prompt queue panel run"
  rooms["app/"] = "widget window"
}
/^#include "/ {
  split (FILENAME, at, "/")
  folder = at[2]
  target = $2
  gsub (/"/, "", target)
  split (target, part, "/")
  count++
  n = split (sees[folder], allowed, " ")
  good = target ~ /^limn-[a-z-]*\.h$/ && target !~ /\//
  for (i = 1; i <= n; i++)
    if (allowed[i] == part[1] || allowed[i] == target)
      good = 1
  if (good && part[1] == folder && (folder == "session" || folder == "app")) {
    own = at[4] == "" ? "" : at[3]
    room = part[3] == "" ? "" : part[2]
    good = own == room || index (" " rooms[folder "/" own] " ", " " room " ") && room != ""
  }
  if (!good) {
    printf "%s:%d: may not include \"%s\"\n", FILENAME, FNR, target
    bad = 1
  }
}
/^#include <(vulkan|gtk|adwaita|gio|gdk|libsoup)/ {
  split (FILENAME, at, "/")
  folder = at[2]
  if (($0 ~ /<vulkan/ && folder != "gpu") || ($0 ~ /<(gtk|adwaita|gdk\/)/ && folder != "app") \
      || ($0 ~ /<gio/ && folder != "app" && folder != "serve" && folder != "session") || ($0 ~ /<libsoup/ && folder != "serve")) {
    printf "%s:%d: src/%s may not use %s\n", FILENAME, FNR, folder, $2
    bad = 1
  }
}
/[^_]g_task_run_in_thread \(/ && FILENAME !~ /^src\/session\/thread\// {
  printf "%s:%d: limn_task_run_in_thread () does not free the source object in the thread\n", FILENAME, FNR
  bad = 1
}
END {
  if (count < 100) {
    printf "only %d includes seen: is this the source tree?\n", count
    bad = 1
  }
  exit bad
}
' $(find src -name '*.[ch]' | sort)
