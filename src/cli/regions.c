/* regions.c - limn-cli's --region, as often as there are regions.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/cli.h"

#include "base/i18n.h"

void
limn_cli_add_regions (GArray *entries, LimnCliRegions *regions)
{
  const GOptionEntry own = {
    "region",
    0,
    0,
    G_OPTION_ARG_FILENAME_ARRAY,
    &regions->given,
    N_ ("what a part of the picture is to be, by left, top, width and height as shares of it: \"0,0,0.5,1: a red "
        "cube\"; before the colon weight=, start=, end=, negative=\"...\"; as often as there are some"),
    N_ ("X,Y,W,H: TEXT")
  };

  g_array_append_val (entries, own);
}

void
limn_cli_take_regions (LimnCliRegions *regions, LimnRequest *request)
{
  for (guint i = 0; regions->given != NULL && regions->given[i] != NULL; i++)
    g_strdelimit (regions->given[i], "\r\n", ' ');
  g_free (regions->text);
  regions->text = regions->given != NULL ? g_strjoinv ("\n", regions->given) : g_strdup ("");
  request->regions = regions->text;
}

void
limn_cli_regions_clear (LimnCliRegions *regions)
{
  g_clear_pointer (&regions->given, g_strfreev);
  g_clear_pointer (&regions->text, g_free);
}
