/* request-loras.c - see request-loras.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/request-loras.h"

#include <string.h>
#include <sys/stat.h>

#include "engine/model.h"
#include "engine/request-controls.h"
#include "model/control.h"

#define MOST_KEPT 32 /* opened files: they are mapped, and their names known */

typedef struct {
  LimnLora *lora;
  gint64 modified, size; /* of the file as it was read */
} Kept;

struct _LimnLoraShelf {
  GHashTable *places;     /* name -> path */
  GHashTable *kept;       /* path -> Kept */
  char *request;          /* what all of merged are of */
  GHashTable *merged;     /* what is merged -> LimnCheckpoint: others in some steps */
  GHashTable *controlled; /* LimnCheckpoint -> what has ControlNets beside it */
};

static void
kept_free (gpointer data)
{
  limn_lora_unref (((Kept *) data)->lora);
  g_free (data);
}

LimnLoraShelf *
limn_lora_shelf_new (void)
{
  LimnLoraShelf *shelf = g_new0 (LimnLoraShelf, 1);

  shelf->places = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  shelf->kept = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, kept_free);
  shelf->merged = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) limn_checkpoint_unref);
  shelf->controlled = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) limn_checkpoint_unref);
  return shelf;
}

void
limn_lora_shelf_free (LimnLoraShelf *shelf)
{
  g_hash_table_unref (shelf->places);
  g_hash_table_unref (shelf->kept);
  g_hash_table_unref (shelf->controlled);
  g_hash_table_unref (shelf->merged);
  g_free (shelf->request);
  g_free (shelf);
}

/* ---- Files ---- */

/* Borrowed; looked for again only where it is no longer there. */
static const char *
find_path (const LimnRequest *request, const char *name, GError **error)
{
  LimnLoraShelf *shelf = limn_model_shelf (request->model);
  const char *known = g_hash_table_lookup (shelf->places, name);

  if (known != NULL && g_file_test (known, G_FILE_TEST_EXISTS))
    return known;
  char *path = limn_lora_find (name, request->lora_folders, limn_model_info (request->model)->path, error);
  if (path != NULL)
    g_hash_table_insert (shelf->places, g_strdup (name), path);
  return path;
}

/* Borrowed. */
static LimnLora *
open_for (LimnModel *model, const char *path, GError **error)
{
  LimnLoraShelf *shelf = limn_model_shelf (model);
  const Kept *known = g_hash_table_lookup (shelf->kept, path);
  struct stat now = { 0 };

  if (stat (path, &now) == 0 && known != NULL && known->modified == now.st_mtime && known->size == now.st_size)
    return known->lora;
  LimnLora *lora = limn_lora_open (path, limn_model_checkpoint (model), error);
  if (lora == NULL)
    return NULL;
  if (g_hash_table_size (shelf->kept) >= MOST_KEPT)
    g_hash_table_remove_all (shelf->kept);
  Kept *kept = g_new (Kept, 1);
  *kept = (Kept){ lora, now.st_mtime, now.st_size };
  g_hash_table_insert (shelf->kept, g_strdup (path), kept);
  return lora;
}

/* ---- Tags ---- */

static void
request_lora_free (gpointer data)
{
  LimnRequestLora *lora = data;

  limn_lora_unref (lora->lora);
  g_free (lora->name);
  g_free (lora->unread);
  g_free (lora);
}

/* Whether one of the first n has that name, for model; NULL: for any. */
static gboolean
names (const GPtrArray *loras, guint n, const char *name, const LimnModel *model)
{
  for (guint i = 0; i < n; i++) {
    const LimnRequestLora *lora = loras->pdata[i];

    if (g_str_equal (lora->name, name) && (model == NULL || lora->model == model))
      return TRUE;
  }
  return FALSE;
}

static void
add_for (GPtrArray *loras, const LimnPromptLora *tag, LimnModel *model, LimnLora *lora)
{
  LimnRequestLora *found = g_new0 (LimnRequestLora, 1);

  *found = (LimnRequestLora){ .name = g_strdup (tag->name),
                              .unread = g_strdup (tag->unread),
                              .staged = tag->stage != LIMN_LORA_STAGE_ANY,
                              .text = tag->text,
                              .unet = tag->unet,
                              .by_blocks = tag->blocks != NULL,
                              .from = tag->from,
                              .until = tag->until,
                              .model = model,
                              .lora = limn_lora_ref (lora) };
  if (tag->blocks != NULL)
    limn_prompt_lora_blocks (tag->blocks, found->blocks);
  g_ptr_array_add (loras, found);
}

/* For the base, or else for the refiner. */
static gboolean
add_anywhere (GPtrArray *loras, const LimnRequest *request, const LimnPromptLora *tag, const char *path, GError **error)
{
  LimnModel *model = request->model;
  g_autoptr (GError) local = NULL;
  LimnLora *lora = open_for (model, path, &local);

  if (lora == NULL && request->refiner != NULL && (lora = open_for (request->refiner, path, NULL)) != NULL)
    model = request->refiner;
  if (lora == NULL) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  add_for (loras, tag, model, lora);
  return TRUE;
}

/* Those of request's models that do the work of tag's stages; NULL: none does. */
static void
models_of (const LimnRequest *request, LimnLoraStage stage, LimnModel *models[2])
{
  gboolean refines = limn_model_is_refiner (request->model);

  models[0] = stage == LIMN_LORA_STAGE_REFINER || refines ? NULL : request->model;
  models[1] = stage == LIMN_LORA_STAGE_BASE ? NULL : refines ? request->model : request->refiner;
}

/* known: of loras, those first ones whose names are not taken again. */
static gboolean
add_tag (GPtrArray *loras, guint known, const LimnRequest *request, const LimnPromptLora *tag, GError **error)
{
  LimnModel *models[2];
  const char *path;

  if (tag->stage == LIMN_LORA_STAGE_ANY)
    return names (loras, known, tag->name, NULL)
           || ((path = find_path (request, tag->name, error)) != NULL
               && add_anywhere (loras, request, tag, path, error));
  models_of (request, tag->stage, models);
  for (guint i = 0; i < G_N_ELEMENTS (models); i++) {
    if (models[i] == NULL || names (loras, known, tag->name, models[i]))
      continue;
    path = find_path (request, tag->name, error);
    LimnLora *lora = path != NULL ? open_for (models[i], path, error) : NULL;
    if (lora == NULL)
      return FALSE;
    add_for (loras, tag, models[i], lora);
  }
  return TRUE;
}

GPtrArray *
limn_request_idle_loras (const LimnRequest *request)
{
  GPtrArray *idle = g_ptr_array_new_with_free_func (g_free);
  const char *const texts[] = { request->prompt, request->prompt_2 };

  for (guint i = 0; request->model != NULL && i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GArray) tags = limn_prompt_loras (texts[i] != NULL ? texts[i] : "");

    for (guint k = 0; k < tags->len; k++) {
      const LimnPromptLora *tag = &g_array_index (tags, LimnPromptLora, k);
      LimnModel *models[2];

      models_of (request, tag->stage, models);
      if (models[0] == NULL && models[1] == NULL
          && !g_ptr_array_find_with_equal_func (idle, tag->name, g_str_equal, NULL))
        g_ptr_array_add (idle, g_strdup (tag->name));
    }
  }
  return idle;
}

GPtrArray *
limn_request_loras (const LimnRequest *request, GError **error)
{
  g_autoptr (GPtrArray) loras = g_ptr_array_new_with_free_func (request_lora_free);
  const char *const texts[] = { request->prompt, request->prompt_2 };

  for (guint i = 0; request->model != NULL && i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GArray) tags = limn_prompt_loras (texts[i] != NULL ? texts[i] : "");
    guint before = loras->len;

    for (guint k = 0; k < tags->len; k++) {
      const LimnPromptLora *tag = &g_array_index (tags, LimnPromptLora, k);
      if (!add_tag (loras, i == 0 ? 0 : before, request, tag, error))
        return NULL;
    }
  }
  return g_steal_pointer (&loras);
}

/* ---- Weights ---- */

/* What request has linear layers become; F16: nothing. */
static LimnType
fit_of (const LimnRequest *request)
{
  const LimnChoice *choice = limn_choice_find (limn_fit_choice, request->fit);
  LimnType type = LIMN_TYPE_F16;

  if (choice != NULL)
    limn_type_from_name (choice->title, &type);
  return type;
}

/* All steps that a network reads no steps of. */
#define EVERY_STEP (-1)

static gboolean
acts_in (const LimnRequestLora *lora, int step, int steps)
{
  const LimnPromptLora tag = { .from = lora->from, .until = lora->until };

  return step == EVERY_STEP || limn_prompt_lora_acts (&tag, step, steps);
}

/* BASE is what the text encoders are multiplied by. */
static LimnLoraUse
use_of (const LimnRequestLora *lora, gboolean acts)
{
  double text = lora->text * (lora->by_blocks ? lora->blocks[0] : 1);
  LimnLoraUse use = {
    .lora = lora->lora,
    .strengths = { acts ? lora->unet : 0, 0, text, text },
    .by_blocks = lora->by_blocks,
    .rests = !acts && lora->unet != 0,
  };

  memcpy (use.blocks, lora->blocks + 1, sizeof use.blocks);
  return use;
}

static void
append_use (GString *text, const LimnLoraUse *use)
{
  g_string_append_printf (text, "%" G_GUINT64_FORMAT "*%.17g*%.17g", limn_lora_id (use->lora),
                          use->strengths[LIMN_PART_UNET], use->strengths[LIMN_PART_TEXT_ENCODER]);
  for (int i = 0; use->by_blocks && i < LIMN_UNET_BLOCKS; i++)
    g_string_append_printf (text, ",%.17g", use->blocks[i]);
  g_string_append_c (text, ' ');
}

/* What was merged for another request goes. */
static void
begin_request (LimnLoraShelf *shelf, const char *text)
{
  if (g_strcmp0 (shelf->request, text) == 0)
    return;
  g_hash_table_remove_all (shelf->controlled);
  g_hash_table_remove_all (shelf->merged);
  g_free (shelf->request);
  shelf->request = g_strdup (text);
}

static LimnCheckpoint *
merge (const LimnRequest *request, LimnModel *model, int step, int steps)
{
  LimnLoraShelf *shelf = limn_model_shelf (model);
  g_autoptr (GPtrArray) loras = limn_request_loras (request, NULL);
  g_autoptr (GArray) uses = g_array_new (FALSE, FALSE, sizeof (LimnLoraUse));
  LimnType fit = fit_of (request);
  g_autoptr (GString) all = g_string_new (limn_type_name (fit)), text = g_string_new (NULL);
  LimnCheckpoint *merged;

  for (guint i = 0; loras != NULL && i < loras->len; i++) {
    const LimnRequestLora *lora = loras->pdata[i];
    const LimnLoraUse whole = use_of (lora, TRUE), use = use_of (lora, acts_in (lora, step, steps));

    if (lora->model != model || (lora->unet == 0 && lora->text == 0))
      continue;
    append_use (all, &whole);
    append_use (text, &use);
    g_array_append_val (uses, use);
  }
  begin_request (shelf, all->str);
  if (uses->len == 0 && fit == LIMN_TYPE_F16)
    return limn_model_checkpoint (model);
  merged = g_hash_table_lookup (shelf->merged, text->str);
  if (merged == NULL) {
    merged =
        limn_checkpoint_merge_fit (limn_model_checkpoint (model), (const LimnLoraUse *) uses->data, uses->len, fit);
    g_hash_table_insert (shelf->merged, g_strdup (text->str), merged);
  }
  return merged;
}

/* Of model the request's own base alone: those ControlNets that go with it. */
static LimnCheckpoint *
control (const LimnRequest *request, LimnModel *model, LimnCheckpoint *weights)
{
  LimnLoraShelf *shelf = limn_model_shelf (model);
  LimnControlFile *files[LIMN_MOST_CONTROLS];
  const LimnControl *row;
  LimnControlConfig config;
  guint n = 0;

  while (model == request->model && n < LIMN_MOST_CONTROLS && (row = limn_request_control (request, n)) != NULL) {
    files[n] = limn_checkpoint_control_file (limn_model_checkpoint (row->model));
    if (files[n] == NULL || !limn_control_file_match (files[n], limn_checkpoint_unet (weights), "", &config, NULL))
      return weights;
    n++;
  }
  if (n == 0)
    return weights;
  LimnCheckpoint *known = g_hash_table_lookup (shelf->controlled, weights);
  if (known == NULL || !limn_checkpoint_is_control (known, weights, files, n)) {
    known = limn_checkpoint_control (weights, files, n);
    g_hash_table_replace (shelf->controlled, weights, known);
  }
  return known;
}

LimnCheckpoint *
limn_request_weights (const LimnRequest *request, LimnModel *model)
{
  return limn_request_weights_at (request, model, EVERY_STEP, 1);
}

LimnCheckpoint *
limn_request_weights_at (const LimnRequest *request, LimnModel *model, int step, int steps)
{
  return control (request, model, merge (request, model, step, steps));
}

/* Asked often: of the prompts alone. */
gboolean
limn_request_has_same_loras (const LimnRequest *request, int a, int b, int steps)
{
  const char *const texts[] = { request->prompt, request->prompt_2 };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GArray) tags = texts[i] != NULL && strchr (texts[i], '<') != NULL ? limn_prompt_loras (texts[i]) : NULL;

    for (guint k = 0; tags != NULL && k < tags->len; k++) {
      const LimnPromptLora *tag = &g_array_index (tags, LimnPromptLora, k);

      if (limn_prompt_lora_acts (tag, a, steps) != limn_prompt_lora_acts (tag, b, steps))
        return FALSE;
    }
  }
  return TRUE;
}
