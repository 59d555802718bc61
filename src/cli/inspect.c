/* inspect.c - limn-cli inspect: what a model is, its parts, and what is missing or left over.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/cli.h"

#include <string.h>

#include "base/i18n.h"
#include "engine/probe.h"

#define LIMN_NAMES_SHOWN 20

/* 2567463684 -> "2,567,463,684".  (transfer full) */
static char *
group_digits (guint64 number)
{
  g_autofree char *plain = g_strdup_printf ("%" G_GUINT64_FORMAT, number);
  GString *text = g_string_new (NULL);
  gsize length = strlen (plain);

  for (gsize i = 0; i < length; i++) {
    if (i > 0 && (length - i) % 3 == 0)
      g_string_append_c (text, ',');
    g_string_append_c (text, plain[i]);
  }
  return g_string_free (text, FALSE);
}

/* (transfer full) */
static char *
format_bytes (guint64 bytes)
{
  if (bytes >= 1000000000)
    return g_strdup_printf ("%.2f GB", (double) bytes * 1e-9);
  if (bytes >= 1000000)
    return g_strdup_printf ("%.1f MB", (double) bytes * 1e-6);
  return g_strdup_printf ("%.1f kB", (double) bytes * 1e-3);
}

/* from: NULL, or where it is. */
static void
print_row (const char *name, guint64 tensors, guint64 parameters, guint64 bytes, const char *types, const char *from)
{
  g_autofree char *count = group_digits (tensors), *numbers = group_digits (parameters), *size = format_bytes (bytes);

  /* printf pads bytes, a table needs columns */
  g_print ("  %s%*s %8s %16s %11s%s%s", name, MAX (0, 16 - limn_cli_columns (name)), "", count, numbers, size,
           *types != '\0' ? "  " : "", types);
  if (from != NULL)
    g_print (_ ("  from %s"), from);
  g_print ("\n");
}

static void
print_parts (const LimnModelInfo *info)
{
  guint64 tensors = 0, parameters = 0, bytes = 0;

  g_print ("%s\n",
           /* translators: the heads of a table in a terminal; keep the columns where they are. */
           _ ("  part              tensors       parameters        size  stored as"));
  for (guint i = 0; i < info->parts->len; i++) {
    const LimnPart *part = g_ptr_array_index (info->parts, i);
    print_row (part->name, part->tensors, part->parameters, part->bytes, part->types, part->from);
    tensors += part->tensors;
    parameters += part->parameters;
    bytes += part->bytes;
  }
  print_row (_ ("total"), tensors, parameters, bytes, "", NULL);
}

static void
print_names (const char *title, GStrv names)
{
  guint n = names != NULL ? g_strv_length (names) : 0;

  if (n == 0)
    return;
  g_print ("\n%s (%u):\n", title, n);
  for (guint i = 0; i < MIN (n, LIMN_NAMES_SHOWN); i++)
    g_print ("  %s\n", names[i]);
  if (n > LIMN_NAMES_SHOWN)
    g_print (_ ("  and %u more\n"), n - LIMN_NAMES_SHOWN);
}

static void
print_verdict (const LimnModelInfo *info)
{
  if (!limn_family_row (info->family)->supported) {
    g_autofree char *supported = limn_family_supported_names ();

    g_print (_ ("\nRecognised, but not supported yet: Limn runs %s.\n"), supported);
    return;
  }
  gboolean missing = info->missing != NULL && *info->missing != NULL;
  gboolean leftover = info->leftover != NULL && *info->leftover != NULL;
  if (!missing && !leftover)
    g_print (_ ("\nEvery tensor is matched, none is left over.\n"));
  else if (!missing)
    g_print (_ ("\nEvery tensor that the networks need is there.\n"));
  print_names (_ ("Missing or unusable: this model cannot be run"), info->missing);
  print_names (_ ("Left over: not known to this family, not used"), info->leftover);
  print_names (_ ("Ignored: known and not needed"), info->ignored);
}

/* What a LoRA does to the model. */
static int
inspect_lora (const char *path, const LimnModelParts *parts)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnLoraInfo) info = limn_lora_inspect (path, parts, &error);

  if (info == NULL)
    return limn_cli_fail_error (error);
  /* translators: a file; what kind of LoRA it is; two numbers */
  g_print (_ ("%s\n%s, %u of %u parts are for the model\n"), path, info->kinds, info->matched, info->modules);
  if (info->words != NULL)
    g_print (_ ("Words for the prompt: %s\n"), info->words);
  print_names (_ ("For nothing in the model"), info->unmatched);
  return 0;
}

/* Asks the model itself what it predicts. */
static int
probe_model (const LimnModelParts *parts)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnModel) model = limn_model_open_parts (parts, &error);
  g_autoptr (LimnEngine) engine = model != NULL ? limn_engine_new (-1, &error) : NULL;
  LimnProbe probe;

  if (engine == NULL || !limn_engine_probe (engine, model, NULL, &probe, &error))
    return limn_cli_fail_error (error);
  g_print (_ ("\nAsked once, it gives back %.3f of the noise, and %.3f beside.\n"), probe.share, probe.rest);
  if (!probe.told) {
    g_print ("%s", _ ("That is no answer that Limn knows.\n"));
    return 0;
  }
  const LimnChoice *choice = &limn_prediction_row (probe.prediction)->choice;
  /* translators: a prediction, such as "Velocity (v)", and its name for --prediction */
  g_print (_ ("So answer models that predict: %s (--prediction %s)\n"), _ (choice->title), choice->name);
  return 0;
}

static int
inspect (const LimnModelParts *parts)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnModelInfo) info = limn_model_inspect (parts, &error);

  if (info == NULL)
    return limn_cli_fail_error (error);
  g_autofree char *title = limn_model_info_title (info);
  g_autofree char *half = format_bytes (info->memory_fp16), *full = format_bytes (info->memory_fp32);
  g_print (_ ("%s\n%s, %s, made for %d x %d pixels\n\n"), info->path, title, _ (info->layout), info->default_width,
           info->default_height);
  print_parts (info);
  g_print (_ ("\nMemory for the weights: %s in fp16, %s in fp32.\n"), half, full);
  if (info->own_refiner != NULL)
    g_print (_ ("Brings a refiner along: %s\n"), info->own_refiner);
  print_verdict (info);
  return 0;
}

int
limn_cli_inspect (int argc, char **argv)
{
  g_autoptr (GArray) entries = g_array_new (TRUE, FALSE, sizeof (GOptionEntry));
  char *path = NULL, *lora = NULL, *parts[LIMN_N_PARTS] = { NULL };
  gboolean probed = FALSE;
  const GOptionEntry own[] = {
    { "lora", 0, 0, G_OPTION_ARG_FILENAME, &lora, N_ ("a LoRA: what it does to the model"), N_ ("FILE") },
    { "probe", 0, 0, G_OPTION_ARG_NONE, &probed, N_ ("ask the model once what it predicts; takes a device"), NULL }
  };
  LimnModelParts all = { 0 };

  limn_cli_add_parts (entries, parts);
  g_array_append_vals (entries, own, G_N_ELEMENTS (own));
  int status = limn_cli_parse (argc, argv, (const GOptionEntry *) entries->data, _ ("PATH"),
                               _ ("Says what a model is: a diffusers folder, a .safetensors or a .gguf file."), &path);
  all.model = path;
  for (guint i = 0; i < LIMN_N_PARTS; i++)
    all.parts[i] = parts[i];
  if (status == 0)
    status = lora != NULL ? inspect_lora (lora, &all) : inspect (&all);
  if (status == 0 && probed)
    status = probe_model (&all);
  g_free (lora);
  for (guint i = 0; i < LIMN_N_PARTS; i++)
    g_free (parts[i]);
  return status;
}
