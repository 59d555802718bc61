/* cli-fixture.h - limn-cli run as a person at a terminal would, in a folder of the test's own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  int status;
  char *out, *err;
} Ran;

void ran_clear (Ran *ran);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Ran, ran_clear)

/* After g_test_init (). */
void cli_begin (void);
/* Returns status. */
int cli_end (int status);

/* The environment's LIMN_CLI. */
const char *cli_program (void);
const char *cli_folder (void);
/* (transfer full) */
char *cli_in_folder (const char *name);

/* arguments: NULL-terminated, without the program. */
Ran cli_run (const char *const *arguments);
#define RUN(...) cli_run ((const char *const[]){ __VA_ARGS__, NULL })

/* Where no device is, only what needs none is tested. */
gboolean cli_has_device (void);
/* One sentence, of the form "limn-cli: ..." and a line's end, with word in it. */
void cli_assert_failed (const Ran *ran, int status, const char *word);

G_END_DECLS
