/* golden.c - golden values for the tests.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "common/golden.h"

#include <math.h>

char *
golden_path (const char *relative)
{
  const char *folder = g_getenv ("LIMN_GOLDEN_DIR");

  return g_build_filename (folder != NULL ? folder : LIMN_GOLDEN_DIR, relative, NULL);
}

LimnTensors *
golden_open (const char *relative)
{
  g_autofree char *path = golden_path (relative);
  g_autoptr (GError) error = NULL;
  LimnTensors *file = limn_tensors_open (path, &error);

  if (file == NULL)
    g_error ("golden file: %s", error->message);
  return file;
}

LimnJson *
golden_json (const char *relative)
{
  g_autofree char *path = golden_path (relative);
  g_autoptr (GError) error = NULL;
  LimnJson *json = limn_json_load (path, &error);

  if (json == NULL)
    g_error ("golden file: %s", error->message);
  return json;
}

gboolean
golden_has (LimnTensors *file, const char *name)
{
  return limn_tensors_find (file, name) != NULL;
}

static const LimnTensor *
tensor_or_die (LimnTensors *file, const char *format, va_list args)
{
  g_autofree char *name = g_strdup_vprintf (format, args);
  const LimnTensor *tensor = limn_tensors_find (file, name);

  if (tensor == NULL)
    g_error ("%s: no golden tensor \"%s\"", limn_tensors_path (file), name);
  return tensor;
}

const LimnTensor *
golden_tensor (LimnTensors *file, const char *name, ...)
{
  va_list args;

  va_start (args, name);
  const LimnTensor *tensor = tensor_or_die (file, name, args);
  va_end (args);
  return tensor;
}

float *
golden_floats (LimnTensors *file, gsize *count, const char *name, ...)
{
  va_list args;

  va_start (args, name);
  const LimnTensor *tensor = tensor_or_die (file, name, args);
  va_end (args);

  float *values = g_new (float, tensor->count);
  limn_tensor_to_float (tensor, values);
  if (count != NULL)
    *count = tensor->count;
  return values;
}

int *
golden_ints (LimnTensors *file, gsize *count, const char *name, ...)
{
  va_list args;

  va_start (args, name);
  const LimnTensor *tensor = tensor_or_die (file, name, args);
  va_end (args);

  guint size = limn_type_size (tensor->type);
  gboolean is_signed = tensor->type == LIMN_TYPE_I8 || tensor->type == LIMN_TYPE_I16 || tensor->type == LIMN_TYPE_I32;
  int *values = g_new (int, tensor->count);
  g_assert_true (size <= 4 && (is_signed || size < 4));
  for (guint64 i = 0; i < tensor->count; i++) {
    guint32 bits = 0;
    for (guint j = 0; j < size; j++)
      bits |= (guint32) tensor->data[i * size + j] << (8 * j);
    guint unused = 32 - 8 * size;
    values[i] = is_signed ? (gint32) (bits << unused) >> unused : (int) bits;
  }
  if (count != NULL)
    *count = tensor->count;
  return values;
}

GoldenDiff
golden_compare (const float *a, const float *b, gsize n)
{
  GoldenDiff diff = { 0 };
  double largest = 0, sum = 0, sum_expected = 0;

  for (gsize i = 0; i < n; i++) {
    double delta = fabs ((double) a[i] - (double) b[i]);
    if (!isfinite (delta))
      return (GoldenDiff){ NAN, NAN, NAN, NAN, i };
    if (delta > diff.max_abs) {
      diff.max_abs = delta;
      diff.worst = i;
    }
    largest = fmax (largest, fabs ((double) b[i]));
    sum += delta * delta;
    sum_expected += (double) b[i] * (double) b[i];
  }
  diff.rel = diff.max_abs > 0 ? diff.max_abs / largest : 0;
  diff.rms = n > 0 ? sqrt (sum / (double) n) : 0;
  diff.rms_rel = sum > 0 ? sqrt (sum / sum_expected) : 0;
  return diff;
}

static gboolean
report (const char *label, const float *a, const float *b, gsize n, const GoldenDiff *diff, const char *figure,
        double value, double tolerance)
{
  gboolean ok = n > 0 && value <= tolerance;

  g_test_message ("%s: %s %.3g (allowed %.3g); rel %.3g, rms %.3g, rms_rel %.3g over %" G_GSIZE_FORMAT " values", label,
                  figure, value, tolerance, diff->rel, diff->rms, diff->rms_rel, n);
  if (!ok)
    g_test_fail_printf ("%s: %s %.3g > %.3g; at %" G_GSIZE_FORMAT ": %.9g, expected %.9g", label, figure, value,
                        tolerance, diff->worst, n > 0 ? (double) a[diff->worst] : NAN,
                        n > 0 ? (double) b[diff->worst] : NAN);
  return ok;
}

gboolean
golden_check_rel (const char *label, const float *a, const float *b, gsize n, double tolerance)
{
  GoldenDiff diff = golden_compare (a, b, n);

  return report (label, a, b, n, &diff, "rel", diff.rel, tolerance);
}

gboolean
golden_check_abs (const char *label, const float *a, const float *b, gsize n, double tolerance)
{
  GoldenDiff diff = golden_compare (a, b, n);

  return report (label, a, b, n, &diff, "max_abs", diff.max_abs, tolerance);
}

gboolean
golden_check_rms (const char *label, const float *a, const float *b, gsize n, double tolerance)
{
  GoldenDiff diff = golden_compare (a, b, n);

  return report (label, a, b, n, &diff, "rms", diff.rms, tolerance);
}
