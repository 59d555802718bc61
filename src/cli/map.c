/* map.c - limn-cli map: what a ControlNet is to follow, made of a picture without any model.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/cli.h"

#include <string.h>

#include "base/i18n.h"
#include "map/map.h"

typedef struct {
  char *kind, *output;
  char **numbers; /* NULL: none */
} Options;

static void
options_clear (Options *options)
{
  g_free (options->kind);
  g_free (options->output);
  g_strfreev (options->numbers);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* "  canny      Hard edges, a pixel wide (low 100, high 200)": a line for each kind.  (transfer full) */
static char *
describe (void)
{
  GString *text = g_string_new (_ ("Makes of a picture what a ControlNet follows.  Kinds:\n"));
  const LimnMap *map;

  for (guint i = 0; (map = limn_map_nth (i)) != NULL; i++) {
    g_string_append_printf (text, "  %-10s %s", map->choice.name, _ (map->about));
    for (int k = 0; k < LIMN_MAP_NUMBERS && map->numbers[k].name != NULL; k++)
      g_string_append_printf (text, "%s%s=%g", k == 0 ? " (" : ", ", map->numbers[k].name, map->numbers[k].value);
    g_string_append (text, map->numbers[0].name != NULL ? ")\n" : "\n");
  }
  return g_string_free (text, FALSE);
}

static int
parse (Options *options, int argc, char **argv, char **input)
{
  const GOptionEntry entries[] = {
    { "kind", 0, 0, G_OPTION_ARG_FILENAME, &options->kind, N_ ("what is made (canny)"), N_ ("NAME") },
    { "set", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->numbers, N_ ("a number of it; as often as it has some"),
      "NAME=N" },
    { "output", 0, 0, G_OPTION_ARG_FILENAME, &options->output, N_ ("where to write the picture"), "FILE.png" },
    { NULL },
  };
  g_autofree char *summary = describe ();
  int status = limn_cli_parse (argc, argv, entries, _ ("PICTURE"), summary, input);

  if (status != 0)
    return status;
  return options->output != NULL ? 0 : limn_cli_fail (LIMN_EXIT_USAGE, _ ("--output is missing"));
}

static int
read_numbers (const Options *options, const LimnMap *map, double *numbers)
{
  limn_map_numbers (map, numbers);
  for (char **text = options->numbers; text != NULL && *text != NULL; text++) {
    g_auto (GStrv) parts = g_strsplit (*text, "=", 2);
    int found = -1, status;

    for (int i = 0; i < LIMN_MAP_NUMBERS && map->numbers[i].name != NULL; i++)
      if (g_strv_length (parts) == 2 && strcmp (parts[0], map->numbers[i].name) == 0)
        found = i;
    if (found < 0)
      return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--set: %s has no number \"%s\""), map->choice.name, *text);
    status = limn_cli_read_number ("set", parts[1], FALSE, map->numbers[found].least, map->numbers[found].most,
                                   &numbers[found]);
    if (status != 0)
      return status;
  }
  return 0;
}

int
limn_cli_map (int argc, char **argv)
{
  static const char *const endings[] = { ".png", NULL };
  g_auto (Options) options = { 0 };
  g_autoptr (GError) error = NULL;
  double numbers[LIMN_MAP_NUMBERS];
  char *input = NULL;
  int status = parse (&options, argc, argv, &input);

  if (status != 0)
    return status;
  const LimnMap *map = limn_map_find (options.kind != NULL ? options.kind : "canny");
  g_autofree char *known = limn_choice_list (limn_map_choice);
  if (map == NULL)
    return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--%s takes one of %s, not \"%s\""), "kind", known, options.kind);
  if ((status = read_numbers (&options, map, numbers)) != 0
      || (status = limn_cli_check_output ("output", options.output, endings, 0)) != 0
      || (status = limn_cli_check_apart ("output", options.output, (const char *const[]){ input, NULL })) != 0)
    return status;

  g_autoptr (LimnPhoto) photo = limn_cli_load_photo (input, &error);
  if (photo == NULL)
    return limn_cli_fail_error (error);
  g_autoptr (LimnImage) made = map->make (photo->image, numbers);
  if (!limn_image_save_png (made, options.output, NULL, &error))
    return limn_cli_fail_error (error);
  g_print ("%s: %d x %d, %s\n", options.output, made->width, made->height, map->choice.name);
  return 0;
}
