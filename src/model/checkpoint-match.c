/* checkpoint-match.c - the tensors that the networks need against those that the files hold.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/checkpoint-private.h"

#include <string.h>

#include "base/i18n.h"
#include "base/model-path.h"

static const LimnTensor *
find_stored (const LimnPartData *part, const char *name, LimnTensors **file)
{
  g_autofree char *full = *part->prefix != '\0' ? g_strconcat (part->prefix, name, NULL) : NULL;

  for (guint i = 0; i < part->files->len; i++) {
    const LimnTensor *tensor = limn_tensors_find (g_ptr_array_index (part->files, i), full != NULL ? full : name);
    if (tensor != NULL) {
      *file = g_ptr_array_index (part->files, i);
      return tensor;
    }
  }
  return NULL;
}

static gboolean
is_single (const LimnPartData *part)
{
  return part->source->file != NULL;
}

/* How the file should hold want: in single files stacked or transposed. */
static int
stored_shape (const LimnArchTensor *want, gboolean single, guint64 *shape)
{
  for (int i = 0; i < want->rank; i++)
    shape[i] = want->shape[i];
  if (single && want->transposed) {
    shape[0] = want->shape[1];
    shape[1] = want->shape[0];
  }
  if (single)
    shape[0] *= want->slices;
  return want->rank;
}

/* A linear layer and a 1x1 convolution are the same numbers: [out, in] and [out, in, 1, 1] are taken for each other. */
static gboolean
same_shape (int rank, const guint64 *shape, const LimnTensor *stored)
{
  gboolean matrices = rank >= 2 && stored->rank >= 2 && rank <= 4 && stored->rank <= 4;

  if (rank != stored->rank && !matrices)
    return FALSE;
  for (int i = 0; i < MAX (rank, stored->rank); i++) {
    guint64 one = i < rank ? shape[i] : 1, other = i < stored->rank ? stored->shape[i] : 1;
    if (one != other)
      return FALSE;
  }
  return TRUE;
}

/* Each slice is whole blocks. */
static gboolean
can_load (const LimnTensor *stored, int slices)
{
  return limn_is_weight_type (stored->type) && stored->count / slices % limn_type_block (stored->type) == 0;
}

/* Scaled fp8: "x.scale_weight" or, in ComfyUI's later form, "x.weight_scale" beside "x.weight".  NULL: there is
 * none. */
static const LimnTensor *
find_scales (LimnTensors *file, const LimnTensor *stored)
{
  static const char *const endings[] = { ".scale_weight", ".weight_scale" };
  gsize length = strlen (stored->name), weight = strlen (".weight");
  const LimnTensor *found = NULL;

  if (!g_str_has_suffix (stored->name, ".weight"))
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (endings) && found == NULL; i++) {
    g_autofree char *name = g_strdup_printf ("%.*s%s", (int) (length - weight), stored->name, endings[i]);

    found = limn_tensors_find (file, name);
  }
  return found;
}

/* One for all, or one for each row. */
static gboolean
scales_fit (const LimnTensor *scales, const LimnTensor *stored, gboolean transposed)
{
  gboolean each = !transposed && stored->rank >= 2 && scales->rank >= 1 && scales->shape[0] == stored->shape[0]
                  && scales->count == stored->shape[0];

  return (scales->count == 1 || each) && limn_type_block (scales->type) == 1;
}

static void
fill_view (LimnSlot *slot, const LimnArchTensor *want, gboolean single, const LimnTensor *scales)
{
  LimnTensorView *view = &slot->view;
  guint64 bytes = limn_tensor_bytes (slot->stored) / (single ? want->slices : 1);

  view->type = slot->stored->type;
  view->rank = want->rank;
  memcpy (view->shape, want->shape, sizeof view->shape);
  view->data = slot->stored->data + (single ? bytes * want->slice : 0);
  view->transposed = single && want->transposed;
  view->scales = scales;
  view->first_scale = single ? want->shape[0] * (guint64) want->slice : 0;
  view->tensors = slot->file;
  view->file = limn_tensors_path (slot->file);
  view->stored_name = slot->stored->name;
  slot->found = TRUE;
}

G_GNUC_PRINTF (3, 4)
static void
add_problem (LimnCheckpoint *checkpoint, LimnPartId part, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  g_ptr_array_add (checkpoint->problems, g_strdup_printf ("%s: %s", limn_part_name (part), text));
}

/* tensor: want's, or its scales. */
static void
add_wrong_shape (LimnCheckpoint *checkpoint, LimnPartId part, const LimnSlot *slot, const LimnTensor *tensor,
                 const char *expected)
{
  g_autofree char *found = limn_arch_shape_text (tensor->rank, tensor->shape);

  if (is_single (&checkpoint->parts[part]))
    add_problem (checkpoint, part, _ ("%s has shape %s; expected %s"), tensor->name, found, expected);
  else
    add_problem (checkpoint, part, _ ("%s has shape %s in %s; expected %s"), tensor->name, found,
                 limn_tensors_path (slot->file), expected);
}

static void
add_wrong_type (LimnCheckpoint *checkpoint, LimnPartId part, const LimnSlot *slot)
{
  const char *name = slot->stored->name, *type = limn_type_name (slot->stored->type);

  if (is_single (&checkpoint->parts[part]))
    add_problem (checkpoint, part, _ ("%s has type %s; expected F16, BF16, F32 or fp8"), name, type);
  else
    add_problem (checkpoint, part, _ ("%s has type %s in %s; expected F16, BF16, F32 or fp8"), name, type,
                 limn_tensors_path (slot->file));
}

/* official: stored as official single files have it. */
static void
match_stored (LimnCheckpoint *checkpoint, LimnPartId part, const LimnArchTensor *want, LimnSlot *slot,
              gboolean official)
{
  const LimnTensor *scales = find_scales (slot->file, slot->stored);
  gboolean again = is_single (&checkpoint->parts[part]) && want->slice > 0; /* q, k and v of one tensor are told once */
  guint64 shape[4] = { 0 };
  int rank = stored_shape (want, official, shape);

  if (!same_shape (rank, shape, slot->stored)) {
    g_autofree char *expected = limn_arch_shape_text (rank, shape);
    if (!again)
      add_wrong_shape (checkpoint, part, slot, slot->stored, expected);
  } else if (!can_load (slot->stored, official ? want->slices : 1)) {
    if (!again)
      add_wrong_type (checkpoint, part, slot);
  } else if (scales != NULL && !scales_fit (scales, slot->stored, official && want->transposed)) {
    g_autofree char *expected = g_strdup_printf ("[] or [%" G_GUINT64_FORMAT "]", slot->stored->shape[0]);
    if (!again)
      add_wrong_shape (checkpoint, part, slot, scales, expected);
  } else {
    fill_view (slot, want, official, scales);
  }
}

static void
match_one (LimnCheckpoint *checkpoint, LimnPartId part, const LimnArchTensor *want, LimnSlot *slot)
{
  LimnPartData *data = &checkpoint->parts[part];
  gboolean single = is_single (data), official = single;

  slot->stored = find_stored (data, single ? want->single : want->name, &slot->file);
  if (slot->stored == NULL && want->alias != NULL) {
    slot->stored = find_stored (data, want->alias, &slot->file);
    official = FALSE;
  }
  if (slot->stored != NULL)
    match_stored (checkpoint, part, want, slot, official);
  else if (single)
    add_problem (checkpoint, part, _ ("%s (in the file: %s%s)"), want->name, data->prefix, want->single);
  else
    add_problem (checkpoint, part, "%s", want->name);
}

LimnArchList *
limn_checkpoint_list_part (const LimnCheckpoint *checkpoint, LimnPartId part, int more_layers, gboolean open_clip)
{
  LimnClipConfig clip;

  if (part == LIMN_PART_UNET)
    return limn_arch_unet_list (&checkpoint->unet);
  if (part == LIMN_PART_VAE)
    return limn_arch_vae_list (&checkpoint->vae);
  clip = checkpoint->clip[part - LIMN_PART_TEXT_ENCODER];
  clip.layers += more_layers;
  return limn_arch_clip_list (&clip, open_clip);
}

static void
match_part (LimnCheckpoint *checkpoint, LimnPartId part, GHashTable *used)
{
  LimnPartData *data = &checkpoint->parts[part];

  data->list = limn_checkpoint_list_part (checkpoint, part, 0, data->open_clip);
  guint n = limn_arch_list_length (data->list);
  data->slots = g_array_sized_new (FALSE, TRUE, sizeof (LimnSlot), n);
  g_array_set_size (data->slots, n);
  data->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < n; i++) {
    const LimnArchTensor *want = limn_arch_list_nth (data->list, i);
    LimnSlot *slot = &g_array_index (data->slots, LimnSlot, i);
    match_one (checkpoint, part, want, slot);
    if (slot->stored != NULL)
      g_hash_table_add (used, (gpointer) slot->stored);
    if (slot->view.scales != NULL)
      g_hash_table_add (used, (gpointer) slot->view.scales);
    g_hash_table_insert (data->by_name, (gpointer) want->name, slot);
  }
}

/* Blocks that no kind has as they are become Q8_0. */
static const LimnWeightKind *
kind_for (const LimnTensorView *view)
{
  const LimnWeightKind *kind = limn_weight_kind_for (limn_type_name (view->type), view->shape[1]);
  gboolean as_it_is = kind != NULL && (view->scales == NULL || kind->scale != NULL);

  return !as_it_is && limn_type_block (view->type) > 1 ? limn_weight_kind_for ("Q8_0", view->shape[1]) : kind;
}

/* Notes where name's matrix lies, if a device may read it there. */
static void
lend (LimnPartData *data, const char *name, const LimnTensorView *view)
{
  gsize size = view->type == LIMN_TYPE_F16 ? 2 : 4;
  LimnLent lent = { view->type, view->data, view->shape[0] * view->shape[1] * size };
  const guint8 *begin;
  guint64 bytes;

  if ((view->type != LIMN_TYPE_F16 && view->type != LIMN_TYPE_F32) || view->scales != NULL
      || !limn_tensors_window (view->tensors, lent.data, lent.bytes, &begin, &bytes))
    return;
  lent.offset = (guint64) (lent.data - begin); /* windows begin at multiples of all that a device wants */
  if (data->lent == NULL)
    data->lent = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  g_hash_table_insert (data->lent, (gpointer) name, g_memdup2 (&lent, sizeof lent));
}

/* Which of part's weights stay in blocks, and which where they are mapped. */
static void
keep_blocks (LimnPartData *data)
{
  for (guint i = 0; i < data->slots->len; i++) {
    const LimnTensorView *view = &g_array_index (data->slots, LimnSlot, i).view;
    const char *name = limn_arch_list_nth (data->list, i)->name;
    gboolean matrix = g_array_index (data->slots, LimnSlot, i).found && view->rank >= 2 && !view->transposed;

    for (int d = 2; matrix && d < view->rank; d++)
      matrix = view->shape[d] == 1;
    const LimnWeightKind *kind = matrix ? kind_for (view) : NULL;
    if (matrix && kind == NULL)
      lend (data, name, view);
    if (kind == NULL)
      continue;
    if (data->kept == NULL)
      data->kept = g_hash_table_new (g_str_hash, g_str_equal);
    g_hash_table_insert (data->kept, (gpointer) name, (gpointer) kind);
  }
}

static void
set_kept (LimnCheckpoint *checkpoint, LimnPartId part)
{
  static gsize made; /* atomic */
  const LimnPartData *data = &checkpoint->parts[part];
  gboolean own = data->kept != NULL || data->lent != NULL;
  const LimnKeptBlocks kept = { data->kept, own ? 1 + (guint64) g_atomic_pointer_add (&made, 1) : 0, data->lent, NULL };

  if (part == LIMN_PART_UNET)
    checkpoint->unet.kept = kept;
  else if (part == LIMN_PART_VAE)
    checkpoint->vae.kept = kept;
  else
    checkpoint->clip[part - LIMN_PART_TEXT_ENCODER].kept = kept;
}

/* ---- The description ---- */

typedef struct {
  guint tensors;
  guint64 parameters, bytes;
  guint types;                         /* bits of LimnType */
  guint64 kept_parameters, kept_bytes; /* of those in blocks on the device, and there */
} Sum;

static void
sum_add (Sum *sum, const LimnTensor *stored, guint slices)
{
  guint64 count = stored->count / slices;

  sum->tensors++;
  sum->parameters += count;
  sum->bytes += limn_tensor_bytes (stored) / slices;
  sum->types |= 1u << stored->type;
}

static void
sum_kept (Sum *sum, const LimnPartData *data, const LimnArchTensor *want)
{
  const LimnWeightKind *kind = data->kept != NULL ? g_hash_table_lookup (data->kept, want->name) : NULL;

  if (kind == NULL)
    return;
  sum->kept_parameters += want->shape[0] * want->shape[1];
  sum->kept_bytes += want->shape[0] * kind->row_bytes (LIMN_STORE_F16, (int) want->shape[1]);
}

static void
add_part (LimnCheckpoint *checkpoint, LimnPartId part, const Sum *sum)
{
  LimnModelInfo *info = checkpoint->info;
  LimnPart *out = g_new0 (LimnPart, 1);
  const char *source = checkpoint->parts[part].source->path;
  g_autoptr (GString) types = g_string_new (NULL);

  for (LimnType type = 0; type < LIMN_N_TYPES; type++)
    if ((sum->types & 1u << type) != 0)
      g_string_append_printf (types, "%s%s", types->len > 0 ? ", " : "", limn_type_name (type));
  out->name = g_strdup (limn_part_name (part));
  if (!g_str_equal (source, checkpoint->path))
    out->from = limn_model_name_from_path (source);
  out->tensors = sum->tensors;
  out->parameters = sum->parameters;
  out->bytes = sum->bytes;
  out->types = g_strdup (types->str);
  g_ptr_array_add (info->parts, out);
  info->memory_fp16 += sum->kept_bytes + 2 * (sum->parameters - sum->kept_parameters);
  info->memory_fp32 += sum->kept_bytes + 4 * (sum->parameters - sum->kept_parameters);
}

/* Whether a single file's tensor should have been asked for: it is of a part that is read from there, or of nothing
 * that is elsewhere or refused as a whole, for which the reason says enough. */
static gboolean
is_expected (LimnCheckpoint *checkpoint, LimnPartId from, const char *name)
{
  gboolean expected = g_str_equal (checkpoint->parts[from].source->path, checkpoint->home);

  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++) {
    const char *prefix = limn_family_row (checkpoint->family)->prefixes[part];
    const LimnPartData *data = &checkpoint->parts[part];
    gboolean here = data->present && data->source == checkpoint->parts[from].source;

    if (here && g_str_has_prefix (name, data->prefix))
      return TRUE;
    if (!here && prefix != NULL && g_str_has_prefix (name, prefix))
      expected = FALSE;
  }
  return expected;
}

/* Whether part's single file was that of a part before. */
static gboolean
is_again (LimnCheckpoint *checkpoint, LimnPartId part)
{
  for (LimnPartId before = 0; is_single (&checkpoint->parts[part]) && before < part; before++)
    if (checkpoint->parts[before].source == checkpoint->parts[part].source && checkpoint->parts[before].files != NULL)
      return TRUE;
  return FALSE;
}

/* The files' tensors that no part asked for. */
static void
sort_unused (LimnCheckpoint *checkpoint, GHashTable *used, GStrvBuilder *leftover, GStrvBuilder *ignored)
{
  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++) {
    GPtrArray *files = checkpoint->parts[part].files;
    gboolean single = is_single (&checkpoint->parts[part]);

    if (files == NULL || is_again (checkpoint, part))
      continue;
    for (guint f = 0; f < files->len; f++) {
      LimnTensors *file = g_ptr_array_index (files, f);
      for (guint i = 0; i < limn_tensors_count (file); i++) {
        const LimnTensor *tensor = limn_tensors_nth (file, i);
        if (g_hash_table_contains (used, tensor) || (single && !is_expected (checkpoint, part, tensor->name)))
          continue;
        gboolean harmless = limn_arch_is_harmless (tensor->name)
                            || (part == LIMN_PART_TEXT_ENCODER && g_str_equal (tensor->name, "text_projection.weight"));
        g_autofree char *name =
            single ? g_strdup (tensor->name) : g_strdup_printf ("%s: %s", limn_part_name (part), tensor->name);
        g_strv_builder_add (harmless ? ignored : leftover, name);
      }
    }
  }
}

/* A base's folder may hold a refiner's folder beside its parts; it is a model of its own, and looked at when it is
 * used. */
static char *
own_refiner (LimnCheckpoint *checkpoint)
{
  g_autofree char *path = limn_own_refiner_path (checkpoint->path);
  g_autofree char *index = g_build_filename (path, "model_index.json", NULL);

  if (is_single (&checkpoint->parts[LIMN_PART_UNET]) || !limn_family_row (checkpoint->family)->refined
      || !g_file_test (index, G_FILE_TEST_IS_REGULAR))
    return NULL;
  return g_steal_pointer (&path);
}

/* By whoever made its single file.  (transfer full) */
static char *
title (LimnCheckpoint *checkpoint)
{
  static const char *const keys[] = { "modelspec.title", "general.name" };
  LimnTensors *file = checkpoint->parts[LIMN_PART_UNET].source->file;
  const char *said = NULL;

  for (guint i = 0; file != NULL && said == NULL && i < G_N_ELEMENTS (keys); i++)
    said = limn_tensors_metadata (file, keys[i]);
  return g_strdup (said);
}

static void
end_info (LimnCheckpoint *checkpoint, GStrvBuilder *leftover, GStrvBuilder *ignored, int sample_size)
{
  LimnModelInfo *info = checkpoint->info;
  int factor = checkpoint->parts[LIMN_PART_VAE].present ? limn_vae_config_factor (&checkpoint->vae)
                                                        : limn_family_row (checkpoint->family)->factor;
  g_autoptr (GStrvBuilder) missing = g_strv_builder_new ();

  for (guint i = 0; i < checkpoint->problems->len; i++)
    g_strv_builder_add (missing, g_ptr_array_index (checkpoint->problems, i));
  info->family = checkpoint->family;
  info->told_guidance = checkpoint->unet.guidance_channels > 0;
  info->inpaints = limn_unet_config_given (&checkpoint->unet) > 0;
  info->layout = limn_checkpoint_is_mixed (checkpoint)            ? N_ ("parts from several places")
                 : is_single (&checkpoint->parts[LIMN_PART_UNET]) ? N_ ("single file")
                                                                  : N_ ("diffusers folder");
  info->missing = g_strv_builder_end (missing);
  info->leftover = g_strv_builder_end (leftover);
  info->ignored = g_strv_builder_end (ignored);
  info->default_width = sample_size * factor;
  info->default_height = info->default_width;
  info->own_refiner = own_refiner (checkpoint);
  info->prediction = limn_prediction_row (checkpoint->schedule.prediction)->choice.name;
  info->title = title (checkpoint);
}

void
limn_checkpoint_match (LimnCheckpoint *checkpoint)
{
  g_autoptr (GHashTable) used = g_hash_table_new (NULL, NULL);
  g_autoptr (GStrvBuilder) leftover = g_strv_builder_new (), ignored = g_strv_builder_new ();

  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++) {
    LimnPartData *data = &checkpoint->parts[part];
    Sum sum = { 0 };
    if (!data->present)
      continue;
    match_part (checkpoint, part, used);
    keep_blocks (data);
    set_kept (checkpoint, part);
    for (guint i = 0; i < data->slots->len; i++) {
      const LimnSlot *slot = &g_array_index (data->slots, LimnSlot, i);
      const LimnArchTensor *want = limn_arch_list_nth (data->list, i);
      if (slot->found)
        sum_add (&sum, slot->stored, is_single (data) ? want->slices : 1);
      sum_kept (&sum, data, want);
    }
    add_part (checkpoint, part, &sum);
  }
  sort_unused (checkpoint, used, leftover, ignored);
  end_info (checkpoint, leftover, ignored, checkpoint->unet.sample_size);
}

void
limn_checkpoint_count_stored (LimnCheckpoint *checkpoint)
{
  g_autoptr (GStrvBuilder) leftover = g_strv_builder_new (), ignored = g_strv_builder_new ();

  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++) {
    LimnPartData *data = &checkpoint->parts[part];
    Sum sum = { 0 };
    for (guint f = 0; data->present && f < data->files->len; f++) {
      LimnTensors *file = g_ptr_array_index (data->files, f);
      for (guint i = 0; i < limn_tensors_count (file); i++) {
        const LimnTensor *tensor = limn_tensors_nth (file, i);
        if (g_str_has_prefix (tensor->name, data->prefix) && !limn_arch_is_harmless (tensor->name))
          sum_add (&sum, tensor, 1);
      }
    }
    if (sum.tensors > 0)
      add_part (checkpoint, part, &sum);
  }
  end_info (checkpoint, leftover, ignored, limn_family_row (checkpoint->family)->sample_size);
}
