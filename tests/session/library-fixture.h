/* library-fixture.h - a library over a folder of its own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/library/library.h"

G_BEGIN_DECLS

typedef struct {
  char *top, *folder, *index, *thumbnails;
  LimnLibrary *library;
  int notices[LIMN_LIBRARY_FAILED + 1];
} LibraryFixture;

typedef gboolean (*LibraryCondition) (LibraryFixture *fixture, gconstpointer data);

void library_open (LibraryFixture *fixture);
void library_close (LibraryFixture *fixture);
void library_set_up (LibraryFixture *fixture, gconstpointer data);
void library_tear_down (LibraryFixture *fixture, gconstpointer data);
void library_wait_for (LibraryFixture *fixture, const char *what, LibraryCondition condition, gconstpointer data);
/* Conditions for library_wait_for (). */
gboolean library_has (LibraryFixture *fixture, gconstpointer n);
gboolean library_is_quiet (LibraryFixture *fixture, gconstpointer data);
void library_wait_for_n (LibraryFixture *fixture, guint n);
/* Borrowed. */
LimnEntry *library_nth (LibraryFixture *fixture, guint position);
/* (transfer full) */
char *library_path_of (LibraryFixture *fixture, const char *name);
/* seconds: when it was painted. */
void library_add (LibraryFixture *fixture, const char *name, int seconds, const char *prompt);
void library_add_three (LibraryFixture *fixture);
/* (transfer full) */
GPtrArray *library_array_of (LimnEntry *entry);
void library_favour (LibraryFixture *fixture, guint position, gboolean favourite);

G_END_DECLS
