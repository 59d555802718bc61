/* i18n.c - finds the translations, installed or in the build folder.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/i18n.h"

#include <libintl.h>

void
limn_i18n_init (void)
{
  gboolean built = g_file_test (LIMN_BUILD_LOCALE_DIR, G_FILE_TEST_IS_DIR);

  bindtextdomain (LIMN_TEXT_DOMAIN, built ? LIMN_BUILD_LOCALE_DIR : LIMN_LOCALE_DIR);
  bind_textdomain_codeset (LIMN_TEXT_DOMAIN, "UTF-8");
  textdomain (LIMN_TEXT_DOMAIN);
}
