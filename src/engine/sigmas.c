/* sigmas.c - see sigmas.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/sigmas.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "engine/schedule.h"

#define MOST_LEVELS 1000
#define MOST_SIGMA 1e6
#define BETWEEN " \t\r\n,;[]()"

static gboolean
refuse (GError **error, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  if (error != NULL)
    *error = g_error_new_valist (LIMN_ERROR, LIMN_ERROR_REQUEST, format, arguments);
  va_end (arguments);
  return FALSE;
}

/* Whether word can follow levels, whose last may be 0. */
static gboolean
add_level (GArray *levels, const char *word, GError **error)
{
  char *end;
  double level = g_ascii_strtod (word, &end), last = 0;

  if (levels->len > 0)
    last = g_array_index (levels, double, levels->len - 1);
  if (*end != '\0' || !isfinite (level))
    return refuse (error, _ ("“%s” is no number"), word);
  if (level < 0 || level > MOST_SIGMA)
    return refuse (error, _ ("%s is not from 0 to %g"), word, MOST_SIGMA);
  if (levels->len > 0 && level >= last)
    return refuse (error, _ ("they have to fall, but %s comes after %g"), word, last);
  if (levels->len > MOST_LEVELS)
    return refuse (error, _ ("they are more than %d"), MOST_LEVELS);
  g_array_append_val (levels, level);
  return TRUE;
}

double *
limn_sigmas_parse (const char *text, int *n, GError **error)
{
  g_autoptr (GArray) levels = g_array_new (FALSE, FALSE, sizeof (double));
  g_auto (GStrv) words = g_strsplit_set (text != NULL ? text : "", BETWEEN, -1);

  for (guint i = 0; words[i] != NULL; i++)
    if (words[i][0] != '\0' && !add_level (levels, words[i], error))
      return NULL;
  if (levels->len > 0 && g_array_index (levels, double, levels->len - 1) == 0)
    g_array_set_size (levels, levels->len - 1);
  if (levels->len == 0) {
    refuse (error, _ ("there is none above 0"));
    return NULL;
  }
  *n = (int) levels->len;
  return (double *) g_array_free (g_steal_pointer (&levels), FALSE);
}

gboolean
limn_sigmas_check (const char *text, GError **error)
{
  int n;
  g_autofree double *levels = limn_sigmas_parse (text, &n, error);

  return levels != NULL;
}

gboolean
limn_sigmas_choose (LimnFields *fields, const char *text)
{
  int n;
  g_autofree double *levels = limn_sigmas_parse (text, &n, NULL);

  if (levels == NULL)
    return FALSE;
  fields->sigmas = text;
  fields->schedule = LIMN_SCHEDULE_CUSTOM;
  fields->steps = n;
  return TRUE;
}

const char *
limn_fields_schedule (const LimnFields *fields)
{
  return g_strcmp0 (fields->schedule, LIMN_SCHEDULE_CUSTOM) == 0 ? fields->sigmas : fields->schedule;
}

char *
limn_schedule_to_sigmas (const char *name, int steps)
{
  static const LimnScheduleConfig sdxl = {
    .steps_offset = 1, .beta_start = 0.00085, .beta_end = 0.012, .train_steps = 1000
  };
  g_autoptr (LimnSchedule) schedule =
      limn_schedule_new (&sdxl, limn_schedule_exists (name) ? name : NULL, CLAMP (steps, 1, sdxl.train_steps));
  GString *text = g_string_new (NULL);

  for (int i = 0; i <= schedule->steps; i++) {
    char number[G_ASCII_DTOSTR_BUF_SIZE];

    g_string_append (text, i > 0 ? " " : "");
    g_string_append (text, g_ascii_formatd (number, sizeof number, "%.4g", schedule->sigmas[i]));
  }
  return g_string_free (text, FALSE);
}
