/* lora.c - see lora.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/lora-private.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "file/fingerprint.h"
#include "model/arch.h"

#define HASH_DIGITS 12

struct _LimnLora {
  gatomicrefcount references;
  guint64 id;
  LimnTensors *file;
  char *hash;
  GPtrArray *modules;                /* LimnLoraModule */
  GHashTable *targets[LIMN_N_PARTS]; /* diffusers' name of a tensor -> LimnLoraTarget */
  guint matched;
  GPtrArray *unmatched; /* char *, ended by NULL */
};

static void
target_free (LimnLoraTarget *target)
{
  g_array_unref (target->changes);
  g_free (target);
}

LimnLora *
limn_lora_ref (LimnLora *lora)
{
  g_atomic_ref_count_inc (&lora->references);
  return lora;
}

void
limn_lora_unref (LimnLora *lora)
{
  if (lora == NULL || !g_atomic_ref_count_dec (&lora->references))
    return;
  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++)
    g_hash_table_unref (lora->targets[part]);
  g_ptr_array_unref (lora->modules);
  g_ptr_array_unref (lora->unmatched);
  limn_tensors_unref (lora->file);
  g_free (lora->hash);
  g_free (lora);
}

guint64
limn_lora_rows (const LimnTensor *tensor)
{
  return tensor->rank > 0 ? tensor->shape[0] : 1;
}

guint64
limn_lora_columns (const LimnTensor *tensor)
{
  return limn_lora_rows (tensor) > 0 ? tensor->count / limn_lora_rows (tensor) : 0;
}

/* ---- Reading ---- */

static guint64
roles_of (const LimnLoraModule *module)
{
  guint64 roles = 0;

  for (int role = 0; role < LIMN_LORA_N_ROLES; role++)
    roles |= module->roles[role] != NULL ? G_GUINT64_CONSTANT (1) << role : 0;
  return roles;
}

static gboolean
shape_of (LimnCheckpoint *checkpoint, LimnPartId part, const char *name, LimnLoraShape *shape)
{
  LimnTensorView view;

  if (!limn_checkpoint_contains (checkpoint, part, name) || !limn_checkpoint_find (checkpoint, part, name, &view, NULL))
    return FALSE;
  *shape = (LimnLoraShape){ view.shape[0], view.rank > 1 ? view.shape[1] : 1, 1, 1 };
  for (int i = 2; i < view.rank; i++)
    shape->taps *= view.shape[i];
  shape->columns = shape->k * shape->taps;
  return TRUE;
}

static gboolean
is_made_of (const LimnLoraKind *kind, guint64 roles, guint64 *used)
{
  for (guint i = 0; i < G_N_ELEMENTS (kind->needs) && kind->needs[i] != 0; i++)
    if ((roles & kind->needs[i]) == kind->needs[i]) {
      *used |= kind->needs[i] | kind->takes;
      return TRUE;
    }
  return FALSE;
}

static void
add_change (LimnLora *lora, LimnPartId part, const char *name, const LimnLoraShape *shape, LimnLoraChange change)
{
  LimnLoraTarget *target = g_hash_table_lookup (lora->targets[part], name);

  if (target == NULL) {
    target = g_new0 (LimnLoraTarget, 1);
    target->changes = g_array_new (FALSE, FALSE, sizeof (LimnLoraChange));
    target->shape = *shape;
    g_hash_table_insert (lora->targets[part], g_strdup (name), target);
  }
  g_array_append_val (target->changes, change);
}

/* DoRA's magnitudes are of rows or of columns. */
static gboolean
magnitudes_fit (const LimnLoraModule *module, const LimnLoraShape *shape)
{
  const LimnTensor *dora = module->roles[LIMN_LORA_DORA], *magnitude = module->roles[LIMN_LORA_MAGNITUDE];

  return (dora == NULL || dora->count == (limn_lora_rows (dora) == shape->rows ? shape->rows : shape->k))
         && (magnitude == NULL || magnitude->count == shape->rows);
}

static gboolean
fits (const LimnLoraKind *kind, const LimnLoraModule *module, const LimnLoraShape *shape)
{
  if (kind->fits != NULL)
    return kind->fits (module, shape);
  return module->roles[kind->whole]->count == shape->rows * shape->columns;
}

/* Returns the roles of module that its target takes. */
static guint64
match_module (LimnLora *lora, LimnCheckpoint *checkpoint, const LimnLoraModule *module, LimnPartId part,
              const char *target)
{
  guint64 roles = roles_of (module), used = 0;

  for (const LimnLoraKind *kind = limn_lora_kinds; kind->title != NULL; kind++) {
    g_autofree char *name = g_strconcat (target, kind->bias ? ".bias" : ".weight", NULL);
    LimnLoraShape shape;
    guint64 taken = 0;

    if (!is_made_of (kind, roles, &taken) || !shape_of (checkpoint, part, name, &shape) || !fits (kind, module, &shape)
        || !magnitudes_fit (module, &shape))
      continue;
    add_change (lora, part, name, &shape, (LimnLoraChange){ kind, module });
    used |= taken;
  }
  return used;
}

static void
match_all (LimnLora *lora, LimnCheckpoint *checkpoint, GPtrArray *names)
{
  LimnLoraTargets *targets = limn_lora_targets_new (checkpoint);

  for (guint i = 0; i < lora->modules->len; i++) {
    const LimnLoraModule *module = lora->modules->pdata[i];
    LimnPartId part = LIMN_PART_UNET;
    const char *target = limn_lora_targets_find (targets, names->pdata[i], &part);
    guint64 used = target != NULL ? match_module (lora, checkpoint, module, part, target) : 0;

    lora->matched += used != 0;
    for (int role = 0; role < LIMN_LORA_N_ROLES; role++)
      if (module->roles[role] != NULL && (used & G_GUINT64_CONSTANT (1) << role) == 0)
        g_ptr_array_add (lora->unmatched, g_strdup (module->roles[role]->name));
  }
  limn_lora_targets_free (targets);
}

/* names: receives what each module is called. */
static void
read_modules (LimnLora *lora, GPtrArray *names)
{
  g_autoptr (GHashTable) by_name = g_hash_table_new (g_str_hash, g_str_equal);
  guint n = limn_tensors_count (lora->file);

  for (guint i = 0; i < n; i++) {
    const LimnTensor *tensor = limn_tensors_nth (lora->file, i);
    LimnLoraRole role;
    gsize length;

    if (g_str_has_prefix (tensor->name, LIMN_LORA_EMBEDDING))
      continue;
    if (!limn_lora_split (tensor->name, &role, &length)) {
      g_ptr_array_add (lora->unmatched, g_strdup (tensor->name));
      continue;
    }
    g_autofree char *name = g_strndup (tensor->name, length);
    LimnLoraModule *module = g_hash_table_lookup (by_name, name);
    if (module == NULL) {
      module = g_new0 (LimnLoraModule, 1);
      g_ptr_array_add (lora->modules, module);
      g_hash_table_insert (by_name, name, module);
      g_ptr_array_add (names, g_steal_pointer (&name));
    }
    if (module->roles[role] == NULL)
      module->roles[role] = tensor;
    else
      g_ptr_array_add (lora->unmatched, g_strdup (tensor->name));
  }
}

/* ---- What it is for, where that is not this checkpoint ---- */

/* How wide the text is that the U-Net is told of, as a LoRA's cross-attention has it; 0: it does not say. */
static guint64
context_of (const LimnLora *lora, const GPtrArray *names)
{
  static const LimnLoraRole widths[] = { LIMN_LORA_DOWN, LIMN_LORA_HADA_1B };

  for (guint i = 0; i < lora->modules->len; i++) {
    const LimnLoraModule *module = lora->modules->pdata[i];
    g_autofree char *name = g_strdelimit (g_strdup (names->pdata[i]), ".", '_');

    if (!g_str_has_suffix (name, "attn2_to_k") && !g_str_has_suffix (name, "attn2_processor_to_k"))
      continue;
    for (guint k = 0; k < G_N_ELEMENTS (widths); k++)
      if (module->roles[widths[k]] != NULL)
        return limn_lora_columns (module->roles[widths[k]]);
  }
  return 0;
}

static const char *
family_of_context (guint64 width)
{
  switch (width) {
  case 768:
    return limn_family_name (LIMN_FAMILY_SD15);
  case 1024:
    return limn_family_name (LIMN_FAMILY_SD21);
  case 1280:
    return limn_family_name (LIMN_FAMILY_SDXL_REFINER);
  case 2048:
    return limn_family_name (LIMN_FAMILY_SDXL_BASE);
  default:
    return NULL;
  }
}

/* Of models that are no U-Nets. */
static gboolean
is_of_transformer (const LimnLora *lora)
{
  static const char *const telling[] = { "double_blocks", "single_blocks",     "single_transformer_blocks",
                                         "joint_blocks",  "lora_transformer_", "context_refiner" };

  for (guint i = 0; i < lora->unmatched->len; i++)
    for (guint k = 0; k < G_N_ELEMENTS (telling); k++)
      if (strstr (lora->unmatched->pdata[i], telling[k]) != NULL)
        return TRUE;
  return FALSE;
}

static gboolean
check_use (LimnLora *lora, LimnCheckpoint *checkpoint, const GPtrArray *names, GError **error)
{
  const char *path = limn_lora_path (lora), *model = limn_checkpoint_info (checkpoint)->path;
  const char *family = limn_family_name (limn_checkpoint_info (checkpoint)->family);
  guint64 context = context_of (lora, names), own = (guint64) limn_checkpoint_unet (checkpoint)->context_channels;

  if (!limn_lora_is (lora->file)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
                 _ ("%s is no LoRA: none of its %u tensors is named as a LoRA's are"), path,
                 limn_tensors_count (lora->file));
    return FALSE;
  }
  if (context != 0 && context != own) {
    const char *other = family_of_context (context);
    if (other != NULL)
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, _ ("%s is a LoRA for %s, but %s is a model of %s"), path, other,
                   model, family);
    else
      g_set_error (
          error, LIMN_ERROR, LIMN_ERROR_MODEL,
          _ ("%s is a LoRA for models that are told texts %u channels wide, but %s is a model of %s, which has "
             "%u"),
          path, (guint) context, model, family, (guint) own);
    return FALSE;
  }
  if (lora->matched > 0)
    return TRUE;
  if (is_of_transformer (lora))
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
                 _ ("%s is a LoRA for a transformer model such as Flux, but %s is a model of %s"), path, model, family);
  else
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
                 _ ("%s is a LoRA that is not for %s: it has nothing that a model of %s has (its first tensor is "
                    "\"%.100s\")"),
                 path, model, family, limn_tensors_nth (lora->file, 0)->name);
  return FALSE;
}

/* ---- Opening ---- */

LimnLora *
limn_lora_new (LimnTensors *file, LimnCheckpoint *checkpoint, GError **error)
{
  static gsize made; /* atomic */
  g_autoptr (LimnLora) lora = g_new0 (LimnLora, 1);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  g_atomic_ref_count_init (&lora->references);
  lora->id = 1 + (guint64) g_atomic_pointer_add (&made, 1);
  lora->file = limn_tensors_ref (file);
  lora->modules = g_ptr_array_new_with_free_func (g_free);
  lora->unmatched = g_ptr_array_new_with_free_func (g_free);
  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++)
    lora->targets[part] = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) target_free);
  read_modules (lora, names);
  match_all (lora, checkpoint, names);
  if (!check_use (lora, checkpoint, names, error))
    return NULL;
  g_ptr_array_add (lora->unmatched, NULL);
  return g_steal_pointer (&lora);
}

LimnLora *
limn_lora_open (const char *path, LimnCheckpoint *checkpoint, GError **error)
{
  g_autoptr (LimnTensors) file = limn_tensors_open (path, error);

  return file != NULL ? limn_lora_new (file, checkpoint, error) : NULL;
}

/* ---- Questions ---- */

const char *
limn_lora_path (LimnLora *lora)
{
  return limn_tensors_path (lora->file);
}

guint64
limn_lora_id (LimnLora *lora)
{
  return lora->id;
}

static gboolean
is_hash (const char *text)
{
  return text != NULL && strlen (text) >= HASH_DIGITS && strspn (text, "0123456789abcdef") >= HASH_DIGITS;
}

const char *
limn_lora_hash (LimnLora *lora)
{
  const char *said = limn_tensors_metadata (lora->file, "sshs_model_hash");

  if (lora->hash != NULL)
    return lora->hash;
  if (is_hash (said))
    return lora->hash = g_strndup (said, HASH_DIGITS);
  g_autofree char *all = limn_file_hash (lora->file);
  return lora->hash = g_strndup (all, HASH_DIGITS);
}

guint
limn_lora_modules (LimnLora *lora)
{
  return lora->modules->len;
}

guint
limn_lora_matched (LimnLora *lora)
{
  return lora->matched;
}

const char *const *
limn_lora_unmatched (LimnLora *lora)
{
  return (const char *const *) lora->unmatched->pdata;
}

static gboolean
has_kind (LimnLora *lora, const LimnLoraKind *kind)
{
  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++) {
    GHashTableIter iter;
    gpointer target;

    g_hash_table_iter_init (&iter, lora->targets[part]);
    while (g_hash_table_iter_next (&iter, NULL, &target)) {
      const GArray *changes = ((const LimnLoraTarget *) target)->changes;
      for (guint i = 0; i < changes->len; i++)
        if (g_array_index (changes, LimnLoraChange, i).kind == kind)
          return TRUE;
    }
  }
  return FALSE;
}

char *
limn_lora_describe (LimnLora *lora)
{
  g_autoptr (GPtrArray) titles = g_ptr_array_new ();

  for (const LimnLoraKind *kind = limn_lora_kinds; kind->title != NULL; kind++)
    if (has_kind (lora, kind) && !g_ptr_array_find_with_equal_func (titles, kind->title, g_str_equal, NULL))
      g_ptr_array_add (titles, (gpointer) kind->title);
  g_ptr_array_add (titles, NULL);
  return g_strjoinv (_ (", "), (GStrv) titles->pdata);
}

const char *
limn_lora_words (LimnLora *lora)
{
  static const char *const keys[] = { "modelspec.trigger_phrase", "ss_trigger_words", "trigger_words" };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    const char *words = limn_tensors_metadata (lora->file, keys[i]);
    if (words != NULL && *words != '\0')
      return words;
  }
  return NULL;
}

const LimnLoraTarget *
limn_lora_target (LimnLora *lora, LimnPartId part, const char *name)
{
  return g_hash_table_lookup (lora->targets[part], name);
}

gboolean
limn_lora_changes (LimnLora *lora, LimnPartId part, const char *name)
{
  return g_hash_table_contains (lora->targets[part], name);
}

/* ---- Doing it ---- */

/* Turns delta, times scale, into what DoRA (Liu et al. 2024) makes of it: weight and delta together get the length that
 * the file has for each row or column.  Theirs before is weight's alone where the file's lengths are LyCORIS's, of
 * rows. */
static void
decompose (const LimnLoraModule *module, const LimnLoraShape *shape, const float *weight, double scale, float *delta)
{
  const LimnTensor *tensor = module->roles[LIMN_LORA_DORA];
  gboolean of_before = tensor != NULL && limn_lora_rows (tensor) == shape->rows, by_row = of_before || tensor == NULL;
  gsize n = shape->rows * shape->columns;

  tensor = tensor != NULL ? tensor : module->roles[LIMN_LORA_MAGNITUDE];
  g_autofree float *lengths = g_new (float, tensor->count);
  g_autofree double *sums = g_new0 (double, MAX (shape->rows, shape->k));
  limn_tensor_to_float (tensor, lengths);
  for (gsize i = 0; i < n; i++) {
    gsize at = by_row ? i / shape->columns : i % shape->columns / shape->taps;
    delta[i] = (float) (scale * delta[i]) + weight[i];
    sums[at] += of_before ? (double) weight[i] * weight[i] : (double) delta[i] * delta[i];
  }
  for (gsize i = 0; i < n; i++) {
    gsize at = by_row ? i / shape->columns : i % shape->columns / shape->taps;
    delta[i] = (float) (delta[i] * (lengths[at] / (sqrt (sums[at]) + FLT_EPSILON))) - weight[i];
  }
}

gboolean
limn_lora_is_decomposed (const LimnLoraModule *module)
{
  return module->roles[LIMN_LORA_DORA] != NULL || module->roles[LIMN_LORA_MAGNITUDE] != NULL;
}

/* Adds strength times what two matrices come to. */
static void
add_product (const LimnLoraChange *change, const LimnLoraShape *shape, double strength, float *out)
{
  g_auto (LimnMatrix) up = { 0 }, down = { 0 };
  float factor = (float) (strength * change->kind->factors (change->module, shape, &up, &down));

  for (guint64 i = 0; i < up.rows * up.columns; i++)
    up.values[i] *= factor;
  limn_matrix_multiply (&up, &down, out);
}

/* Into delta, zeros; returns by what it is to be multiplied. */
static double
make_delta (const LimnLoraChange *change, const LimnLoraShape *shape, const float *weight, double strength,
            float *delta)
{
  const LimnLoraKind *kind = change->kind;

  if (kind->delta != NULL)
    return kind->delta (change->module, shape, weight, strength, delta);
  if (kind->factors != NULL)
    add_product (change, shape, 1, delta);
  else
    limn_tensor_to_float (change->module->roles[kind->whole], delta);
  return 1;
}

static void
apply_change (const LimnLoraChange *change, const LimnLoraShape *shape, double strength, float *weight)
{
  const LimnLoraModule *module = change->module;
  gboolean decomposed = limn_lora_is_decomposed (module);
  gsize n = shape->rows * shape->columns;

  if (change->kind->factors != NULL && change->kind->delta == NULL && !decomposed) {
    add_product (change, shape, strength, weight);
    return;
  }
  g_autofree float *delta = g_new0 (float, n);
  double scale = make_delta (change, shape, weight, strength, delta);

  if (change->kind->sets) {
    memcpy (weight, delta, n * sizeof (float));
    return;
  }
  if (decomposed) {
    decompose (module, shape, weight, scale, delta);
    scale = 1;
  }
  for (gsize i = 0; i < n; i++)
    weight[i] += (float) (strength * scale) * delta[i];
}

gboolean
limn_lora_check (LimnLora *lora, const char *name, float sum, GError **error)
{
  if (!limn_tensors_check_whole (lora->file, error))
    return FALSE;
  if (sum == 0)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
               _ ("%s makes values of %s that are not numbers (NaN or infinity): the file is damaged"),
               limn_lora_path (lora), name);
  return FALSE;
}

gboolean
limn_lora_apply (LimnLora *lora, LimnPartId part, const char *name, double strength, float *weight, GError **error)
{
  const LimnLoraTarget *target = g_hash_table_lookup (lora->targets[part], name);
  gsize n;
  float sum = 0;

  g_return_val_if_fail (target != NULL, FALSE);

  for (guint i = 0; i < target->changes->len; i++)
    apply_change (&g_array_index (target->changes, LimnLoraChange, i), &target->shape, strength, weight);
  n = target->shape.rows * target->shape.columns;
  for (gsize i = 0; i < n; i++)
    sum += weight[i] - weight[i];
  return limn_lora_check (lora, name, sum, error);
}
