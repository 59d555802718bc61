/* convert.c - limn-cli convert: a model as GGUF or fp8, and how far each layer is from what it was.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/convert.h"

#include <string.h>

#include "base/i18n.h"
#include "cli/cli.h"

#define NAME_COLUMNS 64
#define SHAPE_COLUMNS 18
#define TYPE_COLUMNS 18

typedef struct {
  char *paths[2]; /* from and to; borrowed */
  char *to, *parts[LIMN_N_PARTS];
  gboolean force, json;
} Options;

static int
parse (Options *options, int argc, char **argv)
{
  g_autoptr (GArray) entries = g_array_new (TRUE, FALSE, sizeof (GOptionEntry));
  const GOptionEntry own[] = {
    { "to", 0, 0, G_OPTION_ARG_FILENAME, &options->to,
      N_ ("what linear layers become: q8_0, q6_k, q5_k, q4_k, q5_1, q5_0, q4_1, q4_0 or f16 for .gguf; fp8_e4m3, "
          "fp8_e5m2 or f16 for .safetensors"),
      N_ ("TYPE") },
    { "force", 0, 0, G_OPTION_ARG_NONE, &options->force, N_ ("replace OUT where it is there"), NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options->json, N_ ("report as JSON"), NULL },
  };

  limn_cli_add_parts (entries, options->parts);
  g_array_append_vals (entries, own, G_N_ELEMENTS (own));
  /* translators: of a command: what is read and what is written, two words */
  int status = limn_cli_parse (argc, argv, (const GOptionEntry *) entries->data, _ ("IN OUT"),
                               _ ("Writes any model as one GGUF or .safetensors file, its linear layers quantized, and "
                                  "reports how far each is from what it was."),
                               options->paths);
  if (status == 0 && options->to == NULL)
    status = limn_cli_fail (LIMN_EXIT_USAGE, _ ("--to is missing"));
  return status;
}

static int
check (const Options *options, const LimnModelParts *parts)
{
  const char *out = options->paths[1];
  const char *inputs[LIMN_N_PARTS + 2] = { parts->model };
  g_autoptr (GError) error = NULL;
  int n = 1;

  if (!limn_conversion_check (options->to, out, &error))
    return limn_cli_fail (LIMN_EXIT_USAGE, "%s", error->message);
  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++)
    if (parts->parts[part] != NULL)
      inputs[n++] = parts->parts[part];
  int status = limn_cli_check_apart (NULL, out, inputs);
  if (status == 0 && !options->force && g_file_test (out, G_FILE_TEST_EXISTS))
    status = limn_cli_fail (LIMN_EXIT_ERROR, _ ("%s is there already: --force replaces it"), out);
  return status;
}

static gboolean
tick_cb (double fraction, gpointer data)
{
  limn_cli_progress_work (data, _ ("converting"), fraction);
  return !limn_cli_interrupted ();
}

/* ---- The report ---- */

static void
print_cell (const char *text, int columns)
{
  g_print ("%s%*s ", text, MAX (0, columns - limn_cli_columns (text)), "");
}

static void
print_report (const LimnConversion *conversion, const char *path)
{
  g_autofree char *before = g_format_size (conversion->bytes_before), *after = g_format_size (conversion->bytes);

  print_cell (_ ("layer"), NAME_COLUMNS);
  print_cell (_ ("shape"), SHAPE_COLUMNS);
  print_cell (_ ("type"), TYPE_COLUMNS);
  /* translators: the head of a column: the root mean square of what a layer is off by, beside that of its values */
  g_print ("%s\n", _ ("error"));
  for (guint i = 0; i < conversion->layers->len; i++) {
    const LimnConvertedLayer *layer = conversion->layers->pdata[i];
    g_autofree char *types =
        layer->from == layer->to ? g_strdup (layer->to) : g_strdup_printf ("%s -> %s", layer->from, layer->to);

    print_cell (layer->name, NAME_COLUMNS);
    print_cell (layer->shape, SHAPE_COLUMNS);
    print_cell (types, TYPE_COLUMNS);
    g_print ("%.3g\n", layer->error);
  }
  /* translators: a file; two sizes; a number */
  g_print (_ ("\n%s: %s, of %s; error over all that was changed: %.3g\n"), path, after, before, conversion->error);
}

static void
append_layer (GString *out, const LimnConvertedLayer *layer)
{
  limn_json_add (out, NULL, "{");
  limn_json_add_string (out, "name", layer->name);
  limn_json_add (out, "shape", layer->shape);
  limn_json_add_string (out, "from", layer->from);
  limn_json_add_string (out, "to", layer->to);
  limn_json_add_int (out, "bytes", (gint64) layer->bytes);
  limn_json_add_double (out, "error", layer->error);
  g_string_append_c (out, '}');
}

static void
print_json (const LimnConversion *conversion, const char *path)
{
  g_autoptr (GString) out = g_string_new (NULL);

  limn_json_add (out, NULL, "{");
  limn_json_add_string (out, "file", path);
  limn_json_add_int (out, "bytes", (gint64) conversion->bytes);
  limn_json_add_int (out, "bytes_before", (gint64) conversion->bytes_before);
  limn_json_add_double (out, "error", conversion->error);
  limn_json_add (out, "layers", "[");
  for (guint i = 0; i < conversion->layers->len; i++)
    append_layer (out, conversion->layers->pdata[i]);
  g_print ("%s]}\n", out->str);
}

static int
convert (const Options *options)
{
  LimnCliProgress bar;
  const LimnTick tick = { tick_cb, &bar };
  LimnModelParts parts = { .model = options->paths[0] };
  g_autoptr (GError) error = NULL;
  int status;

  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++)
    parts.parts[part] = options->parts[part];
  if ((status = check (options, &parts)) != 0)
    return status;
  limn_cli_catch_interrupt ();
  limn_cli_progress_init (&bar);
  g_autoptr (LimnConversion) conversion = limn_model_convert (&parts, options->to, options->paths[1], &tick, &error);
  limn_cli_progress_finish (&bar);
  if (conversion == NULL)
    return limn_cli_fail_error (error);
  if (options->json)
    print_json (conversion, options->paths[1]);
  else
    print_report (conversion, options->paths[1]);
  return 0;
}

int
limn_cli_convert (int argc, char **argv)
{
  Options options = { 0 };
  int status = parse (&options, argc, argv);

  if (status == 0)
    status = convert (&options);
  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++)
    g_free (options.parts[part]);
  g_free (options.to);
  return status;
}
